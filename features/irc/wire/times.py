"""When something was said: the tag `time` (IRCv3 server-time)."""

from __future__ import annotations

from datetime import UTC, datetime


def seconds(tag: str) -> float | None:
    """Return the epoch seconds of a `time` tag; None: it is missing or none."""
    if not tag.endswith("Z"):
        return None
    try:
        return datetime.fromisoformat(tag[:-1]).replace(tzinfo=UTC).timestamp()
    except (ValueError, OverflowError):
        return None
