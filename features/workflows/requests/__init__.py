"""What the control socket can ask about workflows."""
