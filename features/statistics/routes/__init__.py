"""Statistics in the console."""
