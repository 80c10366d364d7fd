"""The meshes that the settings name."""

from __future__ import annotations

from collections.abc import Sequence

from meshvisor.features.fleet.settings import StaticMesh
from meshvisor.features.fleet.supervisor.providers.provider import DiscoveredMesh


class StaticProvider:
    """Knows the `[[meshes]]` of the settings; never fails.

    Args:
        meshes: the entries.
        default_server: of entries that name none.
    """

    def __init__(self, meshes: Sequence[StaticMesh], default_server: str) -> None:
        self.source = "settings"
        self._meshes = [
            DiscoveredMesh(mesh.id, mesh.server or default_server, self.source) for mesh in meshes
        ]

    async def find(self) -> Sequence[DiscoveredMesh]:
        """Return them in the order of the settings."""
        return self._meshes
