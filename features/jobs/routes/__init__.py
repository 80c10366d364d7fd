"""What of jobs the console serves over HTTP."""
