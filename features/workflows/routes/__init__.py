"""What the console serves of workflows."""
