"""The kinds of events of the blocklist (docs/events.md).

The blocklist is a file, and what holds is what is in memory: an event is appended as soon as the
block holds, and not in one transaction with it.  Without a supervisor the command that changes the
file appends it.
"""

from __future__ import annotations

from typing import Final

from meshvisor.shared.events.kind import EventKind

_DATA: Final = {
    "reason": "`connection_failures`, `kicked` or `operator`",
    "until": "epoch milliseconds at which it ends by itself; null: for ever",
}

SET: Final = EventKind("block.set", "A mesh is blocked, or for another time.", "the mesh", _DATA)
ENDED: Final = EventKind(
    "block.ended", "A mesh is blocked no more: by hand, or its time is over.", "the mesh", _DATA
)

KINDS: Final = (SET, ENDED)
