"""Meshtastic radios as a kind of transport."""

from __future__ import annotations

from typing import Final

from meshvisor.shared.transports import TransportKind

MESHTASTIC: Final = "meshtastic"

_HERE: Final = "meshvisor.features.meshtastic"

KINDS: Final = (
    TransportKind(
        name=MESHTASTIC,
        what="a Meshtastic radio",
        entry=f"{_HERE}.worker.transport:make",
        settings=f"{_HERE}.mesh_settings:RadioSettings",
        account=f"{_HERE}.mesh_settings:RadioAccount",
        has_server=True,
        check_server=f"{_HERE}.address:check_server",
        warm_up=f"{_HERE}.worker.warm_up:WARM_UP",
        # A bot does not belong in the channel that all share: an operator has to allow it.
        places=(),
    ),
)
