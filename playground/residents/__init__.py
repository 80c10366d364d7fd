"""Simulated people, so that a room is alive before any real person comes."""
