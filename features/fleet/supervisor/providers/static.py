"""The meshes that the settings name."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from meshvisor.features.fleet.settings import StaticMesh
from meshvisor.features.fleet.supervisor.providers.provider import DiscoveredMesh
from meshvisor.shared.transports import transport_kind


class StaticProvider:
    """Knows the `[[meshes]]` of the settings; never fails.

    Args:
        meshes: the entries.
        default_server: of entries that name none, by the name of their transport.
    """

    def __init__(self, meshes: Sequence[StaticMesh], default_server: Callable[[str], str]) -> None:
        self.source = "settings"
        self._meshes = [self._found(mesh, default_server) for mesh in meshes]

    async def find(self) -> Sequence[DiscoveredMesh]:
        """Return them in the order of the settings."""
        return self._meshes

    def _found(self, mesh: StaticMesh, default_server: Callable[[str], str]) -> DiscoveredMesh:
        broken = mesh.why_broken()
        has_server = broken is None and transport_kind(mesh.transport).has_server
        return DiscoveredMesh(
            mesh.id,
            (mesh.server or default_server(mesh.transport)) if has_server else "",
            self.source,
            mesh.transport,
            mesh.address,
            mesh.account,
            mesh.own_settings(),
            mesh.answered_places(),
            broken or "",
        )
