"""What went wrong with jobs: written by the database with each attempt that failed, kept longer.

The database does it (a trigger), so that no path of the code can forget it.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Final, NamedTuple

from meshvisor.features.jobs.supervisor.ledger.job import Millis
from meshvisor.shared.store.queries import load_queries

QUERIES: Final = load_queries(Path(__file__).with_suffix(".sql"))

KEPT: Final = 30 * 24 * 3_600_000
"""Milliseconds that they are kept."""


class ErrorRow(NamedTuple):
    """One of them."""

    at: Millis
    job_id: int
    action: str
    mesh_id: str
    event: str
    """`failed`, `interrupted`, or `retry` for an attempt that another one follows."""
    attempt: int
    error: str


def newest(db: sqlite3.Connection, since: Millis, action: str | None, limit: int) -> list[ErrorRow]:
    """Return what went wrong since a moment, newest first."""
    values = {"since": since, "action": action, "limit": limit}
    return [ErrorRow(*row) for row in db.execute(QUERIES["newest"], values)]


def forget_old(db: sqlite3.Connection, now: Millis) -> None:
    """Forget errors that were kept long enough."""
    db.execute(QUERIES["forget"], (now - KEPT,))
