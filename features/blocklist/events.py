"""The kinds of events of the blocklist (docs/events.md).

The blocklist is a file, and what holds is what is in memory: an event is appended as soon as the
block holds, and not in one transaction with it.  Without a supervisor the command that changes the
file appends it.
"""

from __future__ import annotations

from typing import Final

from meshvisor.shared.events.kind import EventKind
from meshvisor.shared.events.notice import Notice

_DATA: Final = {
    "reason": "`connection_failures`, `kicked` or `operator`",
    "until": "epoch milliseconds at which it ends by itself; null: for ever",
}

_TROUBLE: Final = "block {subject}"

SET: Final = EventKind(
    "block.set",
    "A mesh is blocked, or for another time.",
    "the mesh",
    _DATA,
    notice=Notice(
        title="Mesh {subject} is blocked ({reason})",
        many="{count} meshes are blocked",
        text="'meshvisor blocklist list' says until when",
        trouble=_TROUBLE,
        unless={"reason": ("operator",)},
    ),
)
ENDED: Final = EventKind(
    "block.ended",
    "A mesh is blocked no more: by hand, or its time is over.",
    "the mesh",
    _DATA,
    notice=Notice(
        title="Mesh {subject} is blocked no more",
        many="{count} meshes are blocked no more",
        severity="info",
        ends=(_TROUBLE,),
    ),
)

KINDS: Final = (SET, ENDED)
