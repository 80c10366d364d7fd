"""What there is to know of a radio, without I/O: its channels, nodes and airtime."""
