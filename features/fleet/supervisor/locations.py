"""Where a mesh is, as far as the supervisor has to know.

Owns what meshes have in common that are on one server, and what makes a mesh another one although
it keeps its id.  Called by `connections` and `checkpoints`.
"""

from __future__ import annotations

from contextlib import suppress
from typing import NamedTuple

from meshvisor.features.fleet.supervisor.providers.provider import DiscoveredMesh
from meshvisor.shared.transports import NoTransportError, TransportKind, transport_kind


class Server(NamedTuple):
    """What limits connects, and has an outage as a whole."""

    transport: str
    name: str
    """Of the server; without one that the supervisor knows, of the account; else of the mesh."""

    def __str__(self) -> str:
        """What people call it."""
        return self.name


class Location(NamedTuple):
    """One mesh of one account and one program: a checkpoint means nothing anywhere else."""

    transport: str
    server: str
    address: str
    account: str
    owner: str = ""
    """What writes the checkpoints beside the transport (`TransportKind.token_owner`)."""


def kind_of(transport: str) -> TransportKind:
    """Return the transport of a mesh; one that is broken counts as one without wishes."""
    try:
        return transport_kind(transport)
    except NoTransportError:
        return TransportKind(name=transport, what="a mesh", entry="")


def server_of(mesh: DiscoveredMesh) -> Server:
    """Return what the connects of a mesh are limited with."""
    return Server(
        mesh.transport,
        _server(mesh) or (f"account {mesh.account}" if mesh.account else f"mesh {mesh.mesh_id}"),
    )


def location_of(mesh: DiscoveredMesh) -> Location:
    """Return where a mesh is."""
    address = mesh.address or mesh.mesh_id
    return Location(mesh.transport, _server(mesh), address, mesh.account, _owner(mesh))


def _owner(mesh: DiscoveredMesh) -> str:
    find = kind_of(mesh.transport).token_owner
    if find is not None:
        # As below.
        with suppress(Exception):
            return str(find(mesh.settings))
    return ""


def _server(mesh: DiscoveredMesh) -> str:
    find = kind_of(mesh.transport).server_of
    if find is not None:
        # A mistake in a third party's package must not end the fleet.
        with suppress(Exception):
            return str(find(mesh.settings))
    return mesh.server
