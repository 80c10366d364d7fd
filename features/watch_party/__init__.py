"""Watch-party rooms: the transport that speaks protoo to the servers of a platform."""
