"""`meshvisor config`."""
