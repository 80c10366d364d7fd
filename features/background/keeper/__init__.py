"""The process that keeps one background command."""
