"""How long a job may take: its `deadline`, its `wait_timeout`, and how long it may get nowhere.

Does not own when that is looked at (`engine`, `stuck`), nor pauses and rate limits, which end by
themselves (`housekeeping`).
"""

from __future__ import annotations

import sqlite3
from typing import Final

from meshvisor.features.jobs.supervisor.ledger import by_hand, events
from meshvisor.features.jobs.supervisor.ledger.job import QUERIES, Job, Millis
from meshvisor.features.jobs.supervisor.ledger.running import note
from meshvisor.shared.model.duration import in_words

ENDED: Final = 500
"""Jobs whose time is over in one transaction: a few milliseconds."""


def expire(db: sqlite3.Connection, now: Millis) -> list[Job]:
    """Have jobs fail whose time is over, up to `ENDED`; return them.

    One that runs is only asked to stop, and fails when it has.
    """
    rows = db.execute(QUERIES["expired"], {"now": now, "most": ENDED}).fetchall()
    return [by_hand.time_out(db, job, _too_late(job, now), now) for job in map(Job.of, rows)]


def mark_stuck(
    db: sqlite3.Connection, job_id: int, run: int, since: Millis, now: Millis
) -> Job | None:
    """Note that a job gets nowhere since a moment; None: it is not in this run, or was noted."""
    values = {"id": job_id, "run": run, "since": since}
    row = db.execute(QUERIES["mark_stuck"], values).fetchone()
    if row is None:
        return None
    job = Job.of(row)
    text = f"it has come to no item and no checkpoint for {in_words((now - since) / 1000)}"
    note(db, job_id, run, "warning", text, now)
    events.stuck(db, job, since, now)
    return job


def bound(db: sqlite3.Connection, now: Millis) -> None:
    """Let no wait be longer than it was for a clock that has been set back since it began."""
    db.execute(QUERIES["bound_deadlines"], {"now": now})
    db.execute(QUERIES["bound_waits"], {"now": now})
    db.execute(QUERIES["bound_since"], {"now": now})
    db.execute(QUERIES["bound_limits"], {"now": now})


# Private


def _too_late(job: Job, now: Millis) -> str:
    if job.deadline is not None and job.deadline <= now:
        allowed = job.own_options.get("deadline", (job.deadline - job.created_at) / 1000)
        return f"timeout: it was to end within {in_words(allowed)} of its submission"
    return f"timeout: it has waited {in_words((job.wait_timeout or 0) / 1000)} without running"
