"""What the console serves of fleet."""
