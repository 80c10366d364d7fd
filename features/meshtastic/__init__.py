"""Meshtastic: a radio whose channels and nodes are the places of a mesh (docs/meshtastic.md)."""
