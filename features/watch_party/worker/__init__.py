"""What runs in a worker: the way into a room."""
