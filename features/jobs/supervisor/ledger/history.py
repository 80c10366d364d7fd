"""The entries of a job's history that its row says as well.

Most jobs are submitted, start once and are completed.  `created_at`, `started_at` and `finished_at`
say so, and nothing of it is written a second time: readers of the history take it from there.
Before something else is written that would make that untrue, or come before it, it is written.
Everything else in a history is written by triggers, and by those who add lines to it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Final

import msgspec

from meshvisor.features.jobs.model.job import JobStatus
from meshvisor.features.jobs.supervisor.ledger.job import QUERIES, Job, Millis, find

HISTORY_SHOWN: Final = 200
"""Entries in one answer; the newest are the interesting ones."""
LOG: Final = "log"
"""What an entry is called that is a line and no transition."""


class HistoryRow(msgspec.Struct, frozen=True):
    """Something that happened to a job."""

    at: Millis
    event: str
    """A status, or `log`."""
    reason: str | None
    """Of a pause, or the level of a `log`."""
    attempt: int
    detail: str | None


def read(db: sqlite3.Connection, job_id: int) -> list[HistoryRow]:
    """Return what happened to a job, oldest first; of very much the newest.

    Raises:
        UnknownJobError: there is no such job.
    """
    job = find(db, job_id)
    rows = db.execute(QUERIES["history"], (job_id, HISTORY_SHOWN)).fetchall()
    history = [HistoryRow(*row) for _, *row in reversed(rows)]
    if len(rows) < HISTORY_SHOWN:
        if not rows or rows[-1][0] > 1:  # of old jobs it is written
            history.insert(0, HistoryRow(job.created_at, JobStatus.QUEUED, None, 0, None))
        if job.started_at is not None and _start_is_unwritten(job, history):
            history.insert(1, HistoryRow(job.started_at, JobStatus.ACTIVE, None, 1, None))
    if job.finished_at is not None and _end_is_unwritten(job, history):
        history.append(HistoryRow(job.finished_at, JobStatus.COMPLETED, None, job.attempt, None))
    return history


def keep_start(db: sqlite3.Connection, job_id: int) -> None:
    """Write when a job has started first, before its row forgets it; idempotent."""
    db.execute(QUERIES["keep_start"], (job_id,))


def keep_end(db: sqlite3.Connection, job_id: int) -> None:
    """Write that a job was completed, before something else is written about it; idempotent."""
    db.execute(QUERIES["keep_end"], (job_id,))


# Private


def _start_is_unwritten(job: Job, history: Sequence[HistoryRow]) -> bool:
    # Each lease has an entry, but for the first where nothing was written before it.
    return sum(row.event == JobStatus.ACTIVE for row in history) < job.run


def _end_is_unwritten(job: Job, history: Sequence[HistoryRow]) -> bool:
    if job.status is not JobStatus.COMPLETED or job.end_reason is not None:
        return False
    last = next((row.event for row in reversed(history) if row.event != LOG), None)
    return last != JobStatus.COMPLETED
