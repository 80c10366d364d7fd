"""Whose turn it is: the order of waiting jobs, and handing them out.

The most urgent comes first, among equals the one that was enqueued first.  Waiting makes urgent:
each `ageing` of it counts like one priority, without end, so that nothing waits for ever.  Jobs
whose rate key has to wait are passed over.

The index has one run of entries for each rate key and priority, in which the first is always the
one whose turn comes first.  So only these heads are looked at, however many jobs wait.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from shared.model.job import JobStatus, PauseReason
from supervisor.jobs.ledger.job import QUERIES, Job, Millis

BATCH: Final = 256
"""Items that a runner is given at a time; it asks for more when half of them are used."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A job that could have the next turn."""

    rank: int
    """Its priority, made more urgent by waiting; the smallest comes first."""
    id: int
    action: str
    row: tuple[Any, ...]
    """All of it; most that are looked at are not handed out."""


@dataclass(frozen=True, slots=True)
class Claimed:
    """A job that was handed out."""

    job: Job
    """As it is now: active, in a new run."""
    items: tuple[tuple[int, str], ...]
    """Position and key of its first items."""
    more: bool
    """Whether there are further ones."""


def waiting(
    db: sqlite3.Connection, lane: str, count: int, now: Millis, ageing: int
) -> list[Waiting]:
    """Return those whose turns come first.

    Args:
        db: inside a transaction.
        lane: theirs.
        count: how many at most.
        now: the present moment.
        ageing: milliseconds of waiting that count like one priority; 0: none do.
    """
    limited = {key for (key,) in db.execute(QUERIES["limited_keys"], (now,))}
    found = []
    for rate_key, priority in _groups(db, lane):
        if rate_key in limited:
            continue
        for row in db.execute(QUERIES["heads"], (lane, rate_key, priority, count)):
            waited = max(0, now - row[_READY_SINCE])
            rank = priority - (waited // ageing if ageing else 0)
            found.append(Waiting(rank, row[_ID], row[_ACTION], row))
    found.sort(key=lambda one: (one.rank, one.id))
    return found[:count]


def claim(db: sqlite3.Connection, chosen: list[Waiting], now: Millis) -> list[Claimed]:
    """Hand out jobs that `waiting` returned in the same transaction."""
    claimed = []
    for one in chosen:
        job = _handed_out(one, now)
        db.execute(
            QUERIES["claim"],
            (
                job.rank,
                job.run,
                job.attempt,
                job.untold,
                job.started_at,
                job.updated_at,
                job.id,
            ),
        )
        items, more = next_items(db, job.id, -1) if job.pending else ((), False)
        claimed.append(Claimed(job, items, more))
    return claimed


def next_items(
    db: sqlite3.Connection, job_id: int, after: int
) -> tuple[tuple[tuple[int, str], ...], bool]:
    """Return the next items without an outcome, and whether there are further ones.

    Args:
        db: inside a transaction.
        job_id: whose.
        after: position of the last one that was given out; -1: none.
    """
    found = db.execute(QUERIES["pending_items"], (job_id, after, BATCH + 1)).fetchall()
    return tuple(found[:BATCH]), len(found) > BATCH


def lanes_with_work(db: sqlite3.Connection) -> list[str]:
    """Return the lanes in which jobs wait for their turns."""
    found, lane = [], ""
    while row := db.execute(QUERIES["next_lane"], (lane,)).fetchone():
        (lane,) = row
        found.append(lane)
    return found


# Private

_ID, _ACTION, _READY_SINCE = map(Job.column, ("id", "action", "ready_since"))
_CHANGED: Final = tuple(
    map(
        Job.column,
        (
            *("status", "pause_reason", "ready", "rank", "run", "attempt", "resume_after"),
            *("preempted_by", "wanted", "error", "untold", "started_at", "updated_at"),
        ),
    )
)


def _handed_out(waiting: Waiting, now: Millis) -> Job:
    """Return a waiting job as it is in a new run: a new try, unless an earlier one goes on."""
    job = Job.of(waiting.row)
    goes_on = job.status is JobStatus.PAUSED and job.pause_reason is not PauseReason.RETRY
    changes = (
        JobStatus.ACTIVE,
        None,
        0,
        waiting.rank,
        job.run + 1,
        job.attempt + (not goes_on or job.attempt == 0),
        None,
        None,
        None,
        None,
        None if job.untold == "question" else job.untold,
        now if job.started_at is None else job.started_at,
        now,
    )
    # Not `dataclasses.replace`, which takes as long as the rest of a claim.
    values = list(waiting.row)
    for column, value in zip(_CHANGED, changes, strict=True):
        values[column] = value
    return Job.of(tuple(values))


def _groups(db: sqlite3.Connection, lane: str) -> Iterator[tuple[str, int]]:
    """Yield each rate key and priority for which jobs wait."""
    rate_key, priority = "", 0
    while row := db.execute(QUERIES["next_group"], (lane, rate_key, priority)).fetchone():
        rate_key, priority = row
        yield rate_key, priority
