"""The settings: their model and their loading."""
