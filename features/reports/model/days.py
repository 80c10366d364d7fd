"""Days in a zone, and the days that a report is about."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import msgspec

WEEK = 7


def day_of(at: int, zone: ZoneInfo) -> date:
    """Return the day of a moment in epoch milliseconds."""
    return datetime.fromtimestamp(at / 1000, UTC).astimezone(zone).date()


def begin_of(day: date, zone: ZoneInfo) -> int:
    """Return the epoch milliseconds at which a day begins; it may have 23 or 25 hours."""
    return round(datetime.combine(day, time(), zone).timestamp() * 1000)


def by_day(first: int, last: int, zone: ZoneInfo) -> Iterator[tuple[date, int]]:
    """Yield the days of a span of time, each with the milliseconds that are in it."""
    while first < last:
        day = day_of(first, zone)
        end = min(last, max(begin_of(day + timedelta(days=1), zone), first + 1))
        yield day, end - first
        first = end


class Period(msgspec.Struct, frozen=True):
    """The days of a report, the first and the last included."""

    kind: str
    """`weekly` or `monthly`."""
    first: date
    last: date

    @property
    def days(self) -> tuple[date, ...]:
        """All of them."""
        return tuple(
            self.first + timedelta(days=n) for n in range((self.last - self.first).days + 1)
        )

    @property
    def before(self) -> Period:
        """The period before, to compare with."""
        if self.kind == "weekly":
            return week_before(self.first)
        return month_before(self.first)

    @property
    def key(self) -> str:
        """Key of the record of its report."""
        if self.kind == "weekly":
            return f"weekly_report_{self.last + timedelta(days=1)}"
        return f"monthly_analytics_{self.first.year}_{self.first.month:02}"

    @property
    def title(self) -> str:
        """What it is called."""
        if self.kind == "monthly":
            return f"{self.first:%B %Y}"
        return f"{_short(self.first)} to {_short(self.last)} {self.last.year}"


def week_before(day: date) -> Period:
    """Return the seven days before a day."""
    return Period("weekly", day - timedelta(days=WEEK), day - timedelta(days=1))


def month_before(day: date) -> Period:
    """Return the calendar month before that of a day."""
    last = day.replace(day=1) - timedelta(days=1)
    return Period("monthly", last.replace(day=1), last)


def _short(day: date) -> str:
    return f"{day.day} {day:%B}"
