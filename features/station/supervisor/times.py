"""Moments as results have them."""

from __future__ import annotations

from datetime import UTC, datetime


def iso(moment: int) -> str:
    """Return epoch milliseconds as ISO 8601 with offset; exact, for pages are continued by it."""
    return datetime.fromtimestamp(moment / 1000, UTC).isoformat(timespec="milliseconds")


def iso_or_none(moment: int | None) -> str | None:
    """Do the same; None stays None."""
    return None if moment is None else iso(moment)


def millis(moment: datetime) -> int:
    """Return epoch milliseconds."""
    return round(moment.timestamp() * 1000)
