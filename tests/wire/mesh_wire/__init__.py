"""Meshes at the end of a UNIX socket: a transport as somebody else would publish it."""
