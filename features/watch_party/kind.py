"""Watch-party rooms as a kind of transport."""

from __future__ import annotations

from typing import Final

from meshvisor.shared.transports import TransportKind

NAME: Final = "watch-party"

_HERE: Final = "meshvisor.features.watch_party"

KINDS: Final = (
    TransportKind(
        name=NAME,
        what="a watch-party room",
        entry=f"{_HERE}.worker.transport:make",
        warm_up=f"{_HERE}.worker.warm_up:WARM_UP",
        has_server=True,
        check_server="meshvisor.shared.settings.values:check_web_socket",
        default_server=f"{_HERE}.offline:default_server",
        listing=f"{_HERE}.offline:listing",
        sign_in=f"{_HERE}.offline:sign_in",
        # Seed of the product: three failed connects block a room for an hour (decision 0005).
        unreachable_blocks=True,
    ),
)
