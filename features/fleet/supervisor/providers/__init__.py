"""Sources of meshes: the settings, and networks that list them."""
