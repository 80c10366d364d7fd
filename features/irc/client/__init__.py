"""What a client has to know and to say, without I/O."""
