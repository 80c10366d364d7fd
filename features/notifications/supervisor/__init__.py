"""What keeps notifications and decides where they go; delivering is `worker`."""
