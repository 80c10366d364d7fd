"""Old jobs as documents, and rows of missing jobs: functions on a connection.

Owns what of a job is archived.  Does not own the file (`features.cleanup`), nor when.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from meshvisor.features.jobs.supervisor.ledger.job import DRAFT, QUERIES, Job
from meshvisor.shared.store.queries import load_queries
from meshvisor.supervisor.cleanup_tasks import Exported

OWN: Final = load_queries(Path(__file__).with_name("archive.sql"))

MOST_ITEMS: Final = 1_000
"""Items of a job that are archived with it; of more, the counts alone are."""


def count(db: sqlite3.Connection, before: int) -> int:
    """Return how many jobs ended before a moment."""
    (found,) = db.execute(OWN["count_ended"], (before,)).fetchone()
    return int(found)


def export(db: sqlite3.Connection, before: int, limit: int) -> Sequence[Exported]:
    """Return some of them, with their history and their items."""
    jobs = [Job.of(row) for row in db.execute(OWN["ended"], (before, limit)).fetchall()]
    return [Exported(job.id, _document(db, job)) for job in jobs]


def hide(db: sqlite3.Connection, job_ids: Sequence[int | str]) -> int:
    """Have jobs count as deleted; their rows are removed in small portions."""
    found = 0
    for job_id in job_ids:
        found += db.execute(QUERIES["hide"], (DRAFT, job_id)).rowcount
    return found


def count_orphans(db: sqlite3.Connection, _before: int) -> int:
    """Return the number of rows of missing jobs, as after a repair by hand."""
    names = ("count_items_without", "count_history_without")
    return sum(int(db.execute(OWN[name]).fetchone()[0]) for name in names)


def remove_orphans(db: sqlite3.Connection, limit: int) -> int:
    """Remove some of them; return how many."""
    for find, remove in (
        ("items_without", "remove_items"),
        ("history_without", "remove_history"),
    ):
        row = db.execute(OWN[find]).fetchone()
        if row is not None:
            return db.execute(QUERIES[remove], (row[0], limit)).rowcount
    return 0


# Private


def _document(db: sqlite3.Connection, job: Job) -> dict[str, Any]:
    document: dict[str, Any] = {**job._asdict(), "status": str(job.status)}
    document["data"] = job.content
    document["history"] = _rows(db.execute(OWN["history_of"], (job.id,)))
    if job.total <= MOST_ITEMS:
        document["items"] = _rows(db.execute(OWN["items_of"], (job.id, MOST_ITEMS)))
    return document


def _rows(cursor: sqlite3.Cursor) -> list[dict[str, Any]]:
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
