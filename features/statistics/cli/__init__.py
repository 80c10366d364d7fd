"""`meshvisor stats`."""
