"""What runs in runners."""
