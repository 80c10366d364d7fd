"""What delivers notifications, in a runner."""
