"""What the console serves of notifications."""
