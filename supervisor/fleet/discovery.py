"""Ask the providers which meshes exist, again and again, and say what changed (being written)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class DiscoveredMesh:
    """A mesh that exists somewhere, whether or not a bot may enter it."""

    mesh_id: str
    server: str
    source: str
    """Where it was learned: "settings", "platform" or "playground"."""


class DiscoveryError(Exception):
    """A provider could not say which meshes there are; its text is one clear sentence."""
