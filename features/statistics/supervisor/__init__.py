"""Statistics in the supervisor: recording."""
