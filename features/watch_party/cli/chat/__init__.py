"""`meshvisor chat`: talk in a room."""
