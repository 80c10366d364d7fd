"""Hours, days of a zone, and the months of partitions.

An hour is named by its beginning in epoch seconds; a day belongs to a zone, and its hours are those
that begin in it; the month of a partition is one of UTC.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

HOUR: Final = 3600
"""Seconds."""


def day_of(hour: int, zone: ZoneInfo) -> date:
    """Return the day in which an hour begins."""
    return datetime.fromtimestamp(hour, zone).date()


def hour_in_day(hour: int, zone: ZoneInfo) -> int:
    """Return what clocks show when an hour begins: 0 to 23."""
    return datetime.fromtimestamp(hour, zone).hour


def hours_of(day: date, zone: ZoneInfo) -> range:
    """Return the hours that begin in a day: 23 to 25 of them."""
    return range(_first_hour(day, zone), _first_hour(day + timedelta(days=1), zone), HOUR)


def month_of(hour: int) -> str:
    """Return the month of an hour, such as `2026-11`."""
    return f"{datetime.fromtimestamp(hour, UTC):%Y-%m}"


def hours_of_month(month: str) -> range:
    """Return the hours of a month such as `2026-11`."""
    first = datetime.strptime(month, "%Y-%m").replace(tzinfo=UTC)
    next_one = (first + timedelta(days=31)).replace(day=1)
    return range(int(first.timestamp()), int(next_one.timestamp()), HOUR)


def check_month(text: str) -> str:
    """Return a month as it is meant.

    Raises:
        ValueError: it is none.
    """
    try:
        return f"{datetime.strptime(text, '%Y-%m').replace(tzinfo=UTC):%Y-%m}"
    except ValueError:
        raise ValueError(f"{text[:20]!r} is no month; write one such as 2026-11") from None


def check_day(text: str) -> str:
    """Return a day as it is meant.

    Raises:
        ValueError: it is none.
    """
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise ValueError(f"{text[:20]!r} is no day; write one such as 2026-11-29") from None


def days_between(first: date, last: date) -> Iterator[date]:
    """Yield the days from one to another, both included."""
    for number in range((last - first).days + 1):
        yield first + timedelta(days=number)


# Private


def _first_hour(day: date, zone: ZoneInfo) -> int:
    begin = datetime.combine(day, time(), zone).timestamp()
    return -int(-begin // HOUR) * HOUR
