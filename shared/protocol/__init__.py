"""The language between the supervisor and its children (DESIGN section 4)."""
