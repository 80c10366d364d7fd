"""Cleanup: a backup, and then what was kept long enough goes."""
