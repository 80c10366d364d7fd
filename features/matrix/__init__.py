"""Matrix: a network whose rooms are meshes, and whose threads are places (docs/matrix.md)."""
