"""Meshes at the end of a UNIX socket: a transport as a third party would publish it."""
