"""IRC as a kind of transport."""

from __future__ import annotations

from typing import Final

from meshvisor.features.irc.wire.names import check_channel
from meshvisor.shared.transports import TransportKind

IRC: Final = "irc"

_HERE: Final = "meshvisor.features.irc"

KINDS: Final = (
    TransportKind(
        name=IRC,
        what="an IRC network",
        entry=f"{_HERE}.worker.transport:make",
        settings=f"{_HERE}.mesh_settings:IrcSettings",
        account=f"{_HERE}.mesh_settings:IrcAccount",
        has_server=True,
        check_server=f"{_HERE}.address:check_server",
        check_address=check_channel,
        warm_up=f"{_HERE}.worker.warm_up:WARM_UP",
        # A kick is a moment's anger of an operator; who means it bans.
        kicked_blocks=False,
    ),
)
