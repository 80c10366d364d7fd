"""Logs: collecting records from the children, keeping the newest, writing files."""
