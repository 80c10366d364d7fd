"""What the control socket can ask."""
