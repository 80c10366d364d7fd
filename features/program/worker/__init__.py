"""What runs in workers: a program as the transport of a mesh."""
