"""What the console serves of access."""
