"""What the control socket speaks: requests, results, and the client of the command line."""
