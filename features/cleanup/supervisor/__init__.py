"""What runs in the supervisor."""
