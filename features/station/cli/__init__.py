"""`meshvisor station`."""
