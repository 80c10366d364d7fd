"""A radio network on this machine: a radio that a bot can be the client of, and nodes around it."""
