"""What runs in children."""
