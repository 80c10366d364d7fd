"""What actions raise, with the lines of their code: the last of each job, in its history."""

from __future__ import annotations

import sqlite3

from meshvisor.features.jobs.model.job import TRACEBACK
from meshvisor.features.jobs.supervisor.ledger.job import QUERIES, Millis


def note_traceback(db: sqlite3.Connection, job_id: int, lease: int, text: str, now: Millis) -> None:
    """Keep what an attempt has raised in place of what the one before has."""
    row = db.execute(QUERIES["attempt"], (job_id, lease)).fetchone()
    if row is not None:
        db.execute(QUERIES["remove_traceback"], (job_id, TRACEBACK))
        values = {"id": job_id, "now": now, "level": TRACEBACK, "attempt": row[0], "text": text}
        db.execute(QUERIES["log"], values)


def last_traceback(db: sqlite3.Connection, job_id: int) -> str | None:
    """Return what the last attempt of a job that has raised something has raised; None: nothing."""
    row = db.execute(QUERIES["traceback"], (job_id, TRACEBACK)).fetchone()
    return None if row is None else str(row[0])
