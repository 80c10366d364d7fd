"""The lines of IRC and what stands in them, without I/O."""
