"""What statistics are about, without any input or output."""
