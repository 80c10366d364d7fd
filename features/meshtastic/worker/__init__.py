"""The transport, in a worker."""
