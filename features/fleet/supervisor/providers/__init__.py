"""Who knows of meshes: the settings, and platforms that are asked over REST."""
