"""The bytes that a radio and its client exchange, without I/O."""
