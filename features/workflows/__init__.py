"""Workflows: what happens by itself when something has happened."""
