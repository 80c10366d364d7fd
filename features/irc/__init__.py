"""IRC: a network whose channels are the places of a mesh (docs/irc.md)."""
