"""Administering the fleet: the same from a chat, the command line and the console."""
