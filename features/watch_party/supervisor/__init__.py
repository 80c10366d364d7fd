"""What runs of watch-party rooms in the supervisor: their platform."""
