"""What the console serves of reports."""
