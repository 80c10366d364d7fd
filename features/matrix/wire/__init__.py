"""What goes over the wire, without I/O."""
