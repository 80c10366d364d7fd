"""Commands of watch-party rooms."""
