"""Logging the bot in."""
