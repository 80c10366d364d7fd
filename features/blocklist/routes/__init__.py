"""What the console serves of blocklist."""
