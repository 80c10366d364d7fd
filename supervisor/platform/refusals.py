"""What a platform says when it does not do what it is asked: why not, and when to come again.

Owns reading it without trust: the words go to terminals and logs.  Called by `json_api`.
"""

from __future__ import annotations

from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import Final

from shared.foreign_json import decode_object

LONGEST_REASON: Final = 200
"""Characters of a reason that are shown; more is no sentence."""

LONGEST_WAIT: Final = 3600.0
"""Seconds that are believed of a `Retry-After`; whoever waits has a shorter deadline anyway."""


def said_by(body: bytes) -> str:
    """Return the words in `{"error": {"message": …}}` or `{"error": …}`; empty: there are none."""
    content = decode_object(body)
    error = content.get("error") if content is not None else None
    words = error.get("message") if isinstance(error, dict) else error
    if not isinstance(words, str):
        return ""
    line = "".join(letter if letter.isprintable() else " " for letter in words)
    return " ".join(line.split())[:LONGEST_REASON].rstrip(" .")


def seconds_until(retry_after: str | None, wall: float) -> float | None:
    """Return the seconds in a `Retry-After` header, or until its date; None: it says nothing.

    Args:
        retry_after: the header.
        wall: epoch seconds now.
    """
    text = (retry_after or "").strip()
    if text.isascii() and text.isdecimal():
        return min(float(text), LONGEST_WAIT)
    try:
        moment = parsedate_to_datetime(text)
    except (TypeError, ValueError):
        return None
    seconds = moment.replace(tzinfo=moment.tzinfo or UTC).timestamp() - wall
    return min(max(seconds, 0.0), LONGEST_WAIT)
