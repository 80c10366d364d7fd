"""What a session is to do, and what outlives it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

from meshvisor.features.meshtastic.address import Endpoint, endpoint
from meshvisor.features.meshtastic.radio.nodes import Nodes
from meshvisor.features.meshtastic.radio.seen import Seen
from meshvisor.features.meshtastic.worker.takeovers import Takeovers
from meshvisor.shared.protocol.from_worker import FailureKind
from meshvisor.worker.mesh.transport import JoinError, MeshAddress


class Plan(msgspec.Struct, frozen=True):
    """Everything that the settings say."""

    radio: Endpoint
    home: str
    """Name of the mesh's own channel; empty: the radio's first one."""
    settings: Mapping[str, Any]
    """As `RadioSettings` has checked them."""
    places: tuple[str, ...]
    """Where commands are answered, as far as that is said."""


@dataclass(slots=True)
class Memory:
    """What is known of a mesh from one connection to the next."""

    seen: Seen
    """What was heard already."""
    nodes: Nodes = field(default_factory=Nodes)
    takeovers: Takeovers = field(default_factory=Takeovers)


def plan(mesh: MeshAddress) -> Plan:
    """Put together what an entry of `[[meshes]]` says.

    Raises:
        JoinError: it does not say where the radio is.
    """
    if not mesh.server:
        raise JoinError(
            f'mesh {mesh.mesh_id} does not say where its radio is; add server = "host" or server = '
            '"/dev/ttyUSB0" to its entry',
            FailureKind.BROKEN,
        )
    return Plan(endpoint(mesh.server), mesh.address, mesh.settings, mesh.places or ())
