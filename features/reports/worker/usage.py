"""Messages and users of a period, from the statistics of usage.

Reads statistics of days (features/statistics), which have them whether or not the event log does.
None stands for what is not recorded, as in the rest of a report.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from meshvisor.features.reports.model.days import Period
from meshvisor.features.statistics.store.reading import Range, Statistics


class Usage:
    """Messages and users.

    Args:
        statistics: up to date.
        first: the first day of which there are statistics.
    """

    def __init__(self, statistics: Statistics, first: date) -> None:
        self._statistics = statistics
        self._first = first

    def messages(self, period: Period) -> dict[str, Any]:
        """Return messages as `Figures.total` does."""
        return {
            "total": self._sum(period, "messages"),
            "previous": self._sum(period.before, "messages")
            if self._is_full(period.before)
            else None,
            "by_day": self._by_day(period, "messages"),
        }

    def users(self, period: Period) -> dict[str, Any] | None:
        """Return users as `Figures.users` does; None: no user is recorded."""
        if not self._statistics.has_people():
            return None
        before = period.before
        return {
            "active": self.active(period),
            "previous": self.active(before) if self._is_full(before) else None,
            "new": self._sum(period, "new_users"),
            "by_day": self._by_day(period, "active_users"),
        }

    def active(self, period: Period) -> int | None:
        """Return how many users were active; None: it is not recorded."""
        return self._sum(period, "active_users") if self._statistics.has_people() else None

    # ---- Private -----------------------------------------------------------------------------

    def _is_full(self, period: Period) -> bool:
        return period.first >= self._first

    def _sum(self, period: Period, figure: str) -> int | None:
        if period.last < self._first:
            return None
        return int(self._statistics.totals(_range(period))[figure])

    def _by_day(self, period: Period, figure: str) -> list[dict[str, Any]]:
        return [
            {
                "day": row["day"],
                "value": row[figure] if date.fromisoformat(row["day"]) >= self._first else None,
            }
            for row in self._statistics.days(_range(period))
        ]


# Private


def _range(period: Period) -> Range:
    return Range(first=period.first, last=period.last)
