"""What the station is about, without any input or output."""
