"""`/api/v1/station`."""
