"""What the console serves of schedules."""
