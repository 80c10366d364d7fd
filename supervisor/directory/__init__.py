"""Credentials (and later admins and permissions): who the bot is, who may do what."""
