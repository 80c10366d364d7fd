"""How much of a page fits into one frame.

Shared by `jobs_list` and `jobs_items`, whose entries may be a hundred bytes or a hundred thousand:
no limit of their number alone would hold them below the limit of a frame.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Final, TypeVar

from meshvisor.shared.control.results import Result
from meshvisor.shared.protocol.frames import MAX_FRAME

ROOM: Final = MAX_FRAME - 4096
"""Bytes for entries; the envelope and the other fields take some hundred."""

Entry = TypeVar("Entry", bound=Result)


def fitting(entries: Sequence[Entry]) -> tuple[Entry, ...]:
    """Return the first `entries`, as many as fit; always at least one, so that pages go on."""
    room = ROOM
    for position, entry in enumerate(entries):
        # Measured as the connection writes it, plus a comma.
        room -= len(json.dumps(entry.model_dump(mode="json"), separators=(",", ":"))) + 1
        if room < 0 and position:
            return tuple(entries[:position])
    return tuple(entries)
