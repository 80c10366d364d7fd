"""What the console serves of operators."""
