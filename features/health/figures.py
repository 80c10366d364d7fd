"""The figures that a health check measures by itself: the machine, the database, the fleet."""

from __future__ import annotations

import sqlite3
from typing import Final

from meshvisor.shared.events.log import first_since
from meshvisor.shared.health import HealthFigure

ACTIVE_WITHIN: Final = 86_400_000
"""Milliseconds within which a user has done something who counts as active."""

_ACTIVE: Final = (
    "SELECT count(DISTINCT subject), count(*) FROM events "
    "WHERE seq >= ? AND kind IN ('message.received', 'user.joined')"
)
"""Events that tell of users; their subject is the user's id."""


def active_users(db: sqlite3.Connection, now: int) -> float | None:
    """Return how many users have done something within a day, as the event log has it where no
    statistics are recorded; None: neither does it.
    """
    users, events = db.execute(_ACTIVE, (first_since(db, now - ACTIVE_WITHIN),)).fetchone()
    return float(users) if events else None


FIGURES: Final = (
    HealthFigure("database_ms", "answer time of the database", (250, 2_000), "ms"),
    HealthFigure("memory_percent", "memory of the machine in use", (90, 97), "%"),
    HealthFigure("disk_percent", "disk of the home in use", (85, 95), "%"),
    HealthFigure("load_per_processor", "load for each processor", (4, 10)),
    HealthFigure("workers_memory_mb", "memory of all workers", unit="MB"),
    HealthFigure("meshes_wanted", "workers"),
    HealthFigure("meshes_connected", "connected meshes"),
    HealthFigure("workers_unhealthy", "unhealthy workers", (1, 20)),
    HealthFigure("workers_failed", "failed workers", (1, 20)),
    HealthFigure("meshes_blocked", "blocked meshes, those of operators left out", (1, 20)),
    HealthFigure("users_active", "users who were active within a day", measure=active_users),
)
