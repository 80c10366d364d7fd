"""Statistics: who uses which mesh, when and how."""
