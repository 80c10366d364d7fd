"""What the next run of a job has to know beyond its items: suspects, states, rate limits.

Owns the table `job_resume`, in which few jobs have a row.  Does not own what follows for the job
(`running`).  All functions take a connection inside a transaction.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from typing import Any, NamedTuple

from meshvisor.features.jobs.supervisor.ledger.job import QUERIES


class Resume(NamedTuple):
    """What a runner is handed with a job."""

    one_by_one: int | None
    """Items up to this position are handed out one at a time; None: all as the action likes."""
    state: Any
    """What the action has kept at a checkpoint; None: nothing."""


def of(db: sqlite3.Connection, job_ids: Iterable[int]) -> dict[int, Resume]:
    """Return what is known of these jobs; most are missing in it."""
    if db.execute(QUERIES["any_resume"]).fetchone() is None:
        return {}  # the usual case, decided without looking at each of a thousand jobs
    rows = db.execute(QUERIES["resumes"], (json.dumps(list(job_ids)),))
    return {
        job_id: Resume(one_by_one, None if state is None else json.loads(state))
        for job_id, one_by_one, state in rows
    }


def suspect_all(db: sqlite3.Connection, job_id: int, position: int) -> bool:
    """Have items handed out one at a time up to a position.

    False: they were already, so that it cannot have been a matter of several.
    """
    values = {"job_id": job_id, "position": position}
    return db.execute(QUERIES["suspect_all"], values).rowcount > 0


def count_death(db: sqlite3.Connection, job_id: int, position: int) -> int:
    """Note that a runner has died at an item; return how often in a row."""
    values = {"job_id": job_id, "position": position}
    (deaths,) = db.execute(QUERIES["count_death"], values).fetchone()
    return int(deaths)


def clear_suspects(db: sqlite3.Connection, job_id: int) -> None:
    """Clear all suspects: the item at fault was found."""
    db.execute(QUERIES["clear_suspects"], (job_id,))


def count_limit(db: sqlite3.Connection, job_id: int, pending: int) -> int:
    """Note a rate limit that asked for no pause; return how many came without an item between.

    Args:
        db: inside a transaction.
        job_id: which job.
        pending: its items without an outcome; fewer than last time begin a new count.
    """
    values = {"job_id": job_id, "pending": pending}
    (limits,) = db.execute(QUERIES["count_limit"], values).fetchone()
    return int(limits)


def keep_state(db: sqlite3.Connection, job_id: int, state: Any) -> None:
    """Keep what the action wants to find again; None: nothing."""
    text = None if state is None else json.dumps(state, ensure_ascii=False)
    db.execute(QUERIES["keep_state"], {"job_id": job_id, "state": text})


def forget(db: sqlite3.Connection, job_id: int) -> None:
    """Begin anew: nothing is known."""
    db.execute(QUERIES["forget_resume"], (job_id,))
