"""The blocklist: meshes that are kept from being started."""
