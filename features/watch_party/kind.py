"""Watch-party rooms as a kind of transport."""

from __future__ import annotations

from typing import Final

from meshvisor.shared.transports import WATCH_PARTY, TransportKind

KINDS: Final = (
    TransportKind(
        name=WATCH_PARTY,
        what="a watch-party room",
        entry="meshvisor.features.watch_party.worker.transport:make",
        warm_up="meshvisor.features.watch_party.worker.warm_up:room",
        has_server=True,
        # Seed of the product: three failed connects block a room for an hour (decision 0005).
        unreachable_blocks=True,
    ),
)
