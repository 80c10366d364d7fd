"""What the console serves."""
