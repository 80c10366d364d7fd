"""What a health check measures of notifications."""

from __future__ import annotations

import sqlite3
from typing import Final

from meshvisor.shared.events.log import first_since
from meshvisor.shared.health import HealthFigure

HOUR: Final = 3_600_000
"""Milliseconds."""


def waiting(db: sqlite3.Connection, now: int) -> float:
    """Return how many are late: due for five minutes, which is when all that is due was tried."""
    query = "SELECT count(*) FROM notification_deliveries WHERE state = 'pending' AND due_at < ?"
    (count,) = db.execute(query, (now - HOUR // 12,)).fetchone()
    return float(count)


def failed(db: sqlite3.Connection, now: int) -> float:
    """Return how many were given up within an hour."""
    query = "SELECT count(*) FROM events WHERE seq >= ? AND kind = 'notification.failed'"
    (count,) = db.execute(query, (first_since(db, now - HOUR),)).fetchone()
    return float(count)


FIGURES: Final = (
    HealthFigure(
        "notifications_late", "notifications that are late", (100, 10_000), measure=waiting
    ),
    HealthFigure(
        "notifications_failed",
        "notifications given up within an hour",
        (10, 1_000),
        measure=failed,
    ),
)
