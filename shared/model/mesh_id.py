"""What a mesh id may look like.

Ids come from people, settings files and foreign servers, and end up in file names, log lines
and URLs, so one rule is checked at every edge.
"""

from __future__ import annotations

import re
from typing import Final

MAX_LENGTH: Final = 128
"""Characters; file names may have 255 bytes, and a log file adds a suffix."""

_ALLOWED: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:@~-]*")


def check_mesh_id(text: object) -> str:
    """Return `text` when it is a valid mesh id.

    Raises:
        ValueError: with one sentence that says what was found and what is allowed.
    """
    if not isinstance(text, str):
        raise ValueError(f"a mesh id must be text, not {type(text).__name__} ({text!r:.80})")
    if len(text) > MAX_LENGTH or not _ALLOWED.fullmatch(text):
        raise ValueError(
            f"{text[:80]!r} is no mesh id: it must be 1 to {MAX_LENGTH} letters, digits or "
            "any of . _ : @ ~ - and begin with a letter or digit"
        )
    return text
