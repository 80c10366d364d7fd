"""Values of plug-ins as JSON that the other side of a channel can read.

Owns what such a value may be.  Plug-ins hand over anything; a frame that the supervisor cannot
read would cost the whole process its life.  Used for job data and results, and for chat text.
"""

from __future__ import annotations

import json
from typing import Any, Final

import msgspec

from meshvisor.shared.nesting import DEEPEST, are_too_deep

MARGIN: Final = 16
"""Levels that a value's frame may add."""

DEEP: Final = DEEPEST - MARGIN
"""Levels that a value may have; texts with fewer brackets need no second look."""

_encode: Final = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode
_decode: Final = msgspec.json.Decoder[Any]().decode


def json_bytes(value: Any) -> bytes:
    """Return a value as JSON; half characters, which no parser takes, become question marks.

    Raises:
        ValueError: it cannot be written, or not be read again; the message says why and fits
            behind "it".
    """
    try:
        data = _encode(value).encode("utf-8", "replace")
        if data.count(b"[") + data.count(b"{") > DEEP and are_too_deep((_decode(data),), DEEP):
            raise RecursionError
    except TypeError as error:
        raise ValueError(f"is no JSON: {error}") from None
    except RecursionError:
        raise ValueError("is no JSON: it is nested too deeply") from None
    except ValueError as error:
        raise ValueError(f"is no JSON: {error}") from None
    return data


def sendable(text: str) -> str:
    """Return text that JSON can carry: a chat or a library may quote half a character."""
    return text.encode("utf-8", "replace").decode()
