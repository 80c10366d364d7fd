"""Colours and the like in texts: control characters that old clients know (mIRC)."""

from __future__ import annotations

import re
from typing import Final

_CODES: Final = re.compile(
    r"\x03(?:\d{1,2}(?:,\d{1,2})?)?"  # colours by number
    r"|\x04(?:[0-9A-Fa-f]{6}(?:,[0-9A-Fa-f]{6})?)?"  # and by their parts
    r"|[\x02\x0f\x11\x16\x1d\x1e\x1f]",  # bold, plain, monospace and the like
    re.ASCII,
)


def plain(text: str) -> str:
    """Return a text without them."""
    return _CODES.sub("", text)
