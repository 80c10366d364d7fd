"""The meshes that a platform lists."""
