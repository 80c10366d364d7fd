"""What a supervisor has to know of wires."""

from __future__ import annotations

from typing import Final

from pydantic import SecretStr

from meshvisor.shared.settings.section import Section
from meshvisor.shared.transports import TransportKind


class WireSettings(Section):
    """What an entry of `[[meshes]]` says."""

    path: str
    """Of the socket."""


class WireAccount(Section):
    """What an account on a wire holds."""

    token: SecretStr
    listing: str = ""
    """Path of what `discover` reads."""


WIRE: Final = TransportKind(
    name="wire",
    what="a wire",
    entry="mesh_wire.transport:make",
    settings="mesh_wire.kind:WireSettings",
    account="mesh_wire.kind:WireAccount",
    discover="mesh_wire.discover:discover",
    server_of=lambda settings: str(settings["path"]),
    kicked_blocks=False,
)
