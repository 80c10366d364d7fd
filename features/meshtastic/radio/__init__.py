"""The state of a radio, without I/O: its channels, nodes and airtime."""
