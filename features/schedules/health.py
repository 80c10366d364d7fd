"""What a health check measures of schedules."""

from __future__ import annotations

import sqlite3
from typing import Final

from meshvisor.shared.events.log import first_since
from meshvisor.shared.health import HealthFigure

HOUR: Final = 3_600_000
"""Milliseconds."""


def missed(db: sqlite3.Connection, now: int) -> float:
    """Return how many schedules were found within an hour to have missed planned times."""
    query = "SELECT count(DISTINCT subject) FROM events WHERE seq >= ? AND kind = 'schedule.missed'"
    (count,) = db.execute(query, (first_since(db, now - HOUR),)).fetchone()
    return float(count)


FIGURES: Final = (
    HealthFigure(
        "schedules_missed", "schedules that missed within an hour", (1, 50), measure=missed
    ),
)
