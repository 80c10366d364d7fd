"""`meshvisor status`."""
