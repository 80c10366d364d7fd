"""Programs: the transport that has any program carry the messages of a mesh, as JSON lines."""
