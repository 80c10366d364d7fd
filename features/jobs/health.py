"""What a health check measures of jobs."""

from __future__ import annotations

import sqlite3
from typing import Final

from meshvisor.shared.events.log import first_since
from meshvisor.shared.health import HealthFigure

HOUR: Final = 3_600_000
"""Milliseconds."""


def waiting(db: sqlite3.Connection, _now: int) -> float:
    """Return how many jobs wait for a free slot."""
    (count,) = db.execute("SELECT count(*) FROM jobs WHERE ready = 1").fetchone()
    return float(count)


def stuck(db: sqlite3.Connection, _now: int) -> float:
    """Return how many jobs run and get nowhere."""
    query = "SELECT count(*) FROM jobs WHERE status = 'active' AND stuck_since IS NOT NULL"
    (count,) = db.execute(query).fetchone()
    return float(count)


def failed(db: sqlite3.Connection, now: int) -> float:
    """Return how many jobs have failed for good within an hour."""
    query = "SELECT count(*) FROM events WHERE seq >= ? AND kind = 'job.failed'"
    (count,) = db.execute(query, (first_since(db, now - HOUR),)).fetchone()
    return float(count)


FIGURES: Final = (
    HealthFigure("jobs_waiting", "jobs that wait", (10_000, 1_000_000), measure=waiting),
    HealthFigure("jobs_stuck", "jobs that get nowhere", (1, 100), measure=stuck),
    HealthFigure("jobs_failed", "jobs that failed within an hour", (10, 1_000), measure=failed),
)
