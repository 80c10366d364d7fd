"""What the console serves of records."""
