"""Numbers of nodes, and how people write them: `!a1b2c3d4`."""

from __future__ import annotations

import re
from typing import Final

BROADCAST: Final = 0xFFFF_FFFF
"""To whom a packet of a channel is."""

_ID: Final = re.compile("!([0-9a-f]{8})")


def node_id(number: int) -> str:
    """Return a node's number as people write it."""
    return f"!{number:08x}"


def node_number(text: str) -> int | None:
    """Return the number of a node; None: the text is no node's id."""
    found = _ID.fullmatch(text)
    return int(found[1], 16) if found is not None else None
