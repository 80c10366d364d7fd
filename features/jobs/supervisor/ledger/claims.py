"""Which jobs are claimed next: the order of waiting jobs, and handing them out.

The most urgent comes first, among equals the one that was enqueued first.  Waiting makes urgent:
each `ageing` of it counts like one priority, without end, so that nothing waits for ever.  Jobs
whose rate key has to wait are passed over.

The index has one run of entries for each rate key and priority, in which the first is always the
one that is claimed first.  So only these heads are looked at, however many jobs wait.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Iterable
from typing import Any, Final, NamedTuple

import msgspec

from meshvisor.features.jobs.model.job import JobStatus
from meshvisor.features.jobs.supervisor.ledger import resume
from meshvisor.features.jobs.supervisor.ledger.job import QUERIES, Job, Millis
from meshvisor.features.jobs.supervisor.ledger.resume import Resume

Group = tuple[str, int]
"""A rate key and a priority."""

BATCH: Final = 256
"""Items that a runner is given at a time; it asks for more when half of them are used."""
BATCH_TEXT: Final = 16 * 1024
"""Characters of their keys, likewise: a thousand jobs may be handed out at once."""


class Waiting(NamedTuple):
    """A job that could be claimed next."""

    rank: int
    """Its priority, made more urgent by waiting; the smallest comes first."""
    id: int
    action: str
    row: tuple[Any, ...]
    """All of it; most that are looked at are not handed out."""


class Ageing(msgspec.Struct, frozen=True):
    """How waiting makes urgent."""

    now: Millis
    step: int
    """Milliseconds of waiting that count like one priority; 0: none do."""

    def levels(self, since: Millis) -> int:
        """Return how many priorities a job is more urgent that waits since a moment."""
        return max(0, self.now - since) // self.step if self.step else 0


class Claimed(NamedTuple):
    """A job that was handed out."""

    job: Job
    """As it is now: active, under a new lease."""
    items: tuple[tuple[int, str], ...]
    """Position and key of its first items."""
    more: bool
    """Whether there are further ones."""
    resume: Resume | None = None
    """What else its runner has to know."""


def groups(db: sqlite3.Connection, lane: str, limited: Collection[str]) -> list[Group]:
    """Return each rate key and priority for which jobs of a lane wait.

    Args:
        db: inside a transaction.
        lane: theirs.
        limited: rate keys that have to wait, see `limited_keys`; they are left out.
    """
    found, rate_key, priority = [], "", 0
    while row := db.execute(QUERIES["next_group"], (lane, rate_key, priority + 1)).fetchone():
        rate_key, priority = row
        if rate_key not in limited:
            found.append((rate_key, priority))
    return found


def limited_keys(db: sqlite3.Connection, now: Millis) -> frozenset[str]:
    """Return the rate keys that have to wait."""
    return frozenset(key for (key,) in db.execute(QUERIES["limited_keys"], (now,)))


def waiting(
    db: sqlite3.Connection,
    lane: str,
    among: Iterable[Group],
    count: int,
    ageing: Ageing,
) -> list[Waiting]:
    """Return the jobs that are claimed first.

    Args:
        db: inside a transaction.
        lane: theirs.
        among: which of its groups are looked at.
        count: how many at most.
        ageing: how waiting makes urgent.
    """
    found = []
    for rate_key, priority in among:
        # And the one behind: the first may just have been made to wait, and others for long.
        for row in db.execute(QUERIES["heads"], (lane, rate_key, priority, count + 1)):
            rank = priority - ageing.levels(row[_READY_SINCE])
            found.append(Waiting(rank, row[_ID], row[_ACTION], row))
    found.sort(key=lambda one: (one.rank, one.id))
    return found[:count]


def claim(db: sqlite3.Connection, chosen: list[Waiting], now: Millis) -> list[Claimed]:
    """Hand out jobs that `waiting` returned in the same transaction."""
    jobs = [_handed_out(one, now) for one in chosen]
    if jobs:
        ranks = json.dumps({job.id: job.rank for job in jobs})
        db.execute(QUERIES["claim"], {"ranks": ranks, "now": now})
    resumes = resume.of(db, (job.id for job in jobs)) if jobs else {}
    claimed = []
    for job in jobs:
        items, more = next_items(db, job.id, -1) if job.pending else ((), False)
        claimed.append(Claimed(job, items, more, resumes.get(job.id)))
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
    count, text = 0, 0
    for _, key in found[:BATCH]:
        text += len(key)
        if count and text > BATCH_TEXT:
            break
        count += 1
    return tuple(found[:count]), len(found) > count


def lanes_with_work(db: sqlite3.Connection) -> list[str]:
    """Return the lanes in which jobs wait for a slot."""
    found, lane = [], ""
    while row := db.execute(QUERIES["next_lane"], (lane,)).fetchone():
        (lane,) = row
        found.append(lane)
    return found


# Private

_ID, _ACTION, _READY_SINCE, _DEADLINE = map(Job.column, ("id", "action", "ready_since", "deadline"))
_STATUS, _READY, _RANK, _RUN = map(Job.column, ("status", "ready", "rank", "run"))
_ATTEMPT, _NEXT_TRY = map(Job.column, ("attempt", "next_try"))
_STARTED_AT, _UPDATED_AT, _EXPIRES_AT = map(Job.column, ("started_at", "updated_at", "expires_at"))
_EMPTIED = tuple(
    map(Job.column, ("pause_reason", "resume_after", "preempted_by", "wanted", "error"))
)


def _handed_out(waiting: Waiting, now: Millis) -> Job:
    """Return a waiting job as the statement `claim` leaves it.

    By positions: `_replace` looks up each of the columns by its name, which took four times as long
    and made a tenth of what a job costs the writer's thread.
    """
    row = list(waiting.row)
    for column in _EMPTIED:
        row[column] = None
    row[_STATUS] = JobStatus.ACTIVE.value
    row[_READY] = 0
    row[_RANK] = waiting.rank
    row[_RUN] += 1
    row[_ATTEMPT] += row[_NEXT_TRY]
    row[_NEXT_TRY] = 0
    row[_UPDATED_AT] = now
    if row[_STARTED_AT] is None:
        row[_STARTED_AT] = now
    row[_EXPIRES_AT] = row[_DEADLINE]
    return Job.of(row)
