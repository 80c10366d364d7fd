"""`meshvisor logs`."""
