"""What the supervisor and its runners say to each other."""
