"""Looking at jobs; changes nothing."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from typing import Any, Literal

import msgspec

from meshvisor.features.jobs.model.job import ItemState, JobStatus
from meshvisor.features.jobs.supervisor.ledger import claims
from meshvisor.features.jobs.supervisor.ledger.claims import Ageing
from meshvisor.features.jobs.supervisor.ledger.holds import read_holds
from meshvisor.features.jobs.supervisor.ledger.job import QUERIES, Job, Millis, find


class Filter(msgspec.Struct, frozen=True):
    """Which jobs are meant; None and empty: any."""

    statuses: tuple[JobStatus, ...] = ()
    action: str | None = None
    mesh_id: str | None = None
    lane: str | None = None
    created_by: str | None = None
    target: str | None = None
    before: int | None = None
    """Only those with lower ids."""
    is_public: bool = False
    """Only those that were not asked for in private."""


class ItemRow(msgspec.Struct, frozen=True):
    """One item."""

    position: int
    key: str
    state: ItemState
    result: str | None
    error: str | None
    attempt: int
    updated_at: Millis | None


class Pace(msgspec.Struct, frozen=True):
    """How long jobs of an action take."""

    per_item: float
    """Milliseconds."""
    whole: float
    """Milliseconds of a job without items."""


def list_jobs(db: sqlite3.Connection, wanted: Filter, limit: int) -> list[Job]:
    """Return jobs that match, newest first."""
    values = {
        "action": wanted.action,
        "mesh_id": wanted.mesh_id,
        "lane": wanted.lane,
        "created_by": wanted.created_by,
        "target": wanted.target,
        "before": wanted.before or 2**62,
        "direct": int(not wanted.is_public),
        "statuses": "," + ",".join(wanted.statuses) + "," if wanted.statuses else None,
        "limit": limit,
    }
    return [Job.of(row) for row in db.execute(QUERIES["list_jobs"], values)]


def list_open(db: sqlite3.Connection, limit: int) -> tuple[list[Job], int]:
    """Return jobs that are not finished, and how many of them there are.

    Those that run come first, then those that wait for a slot, then the others.
    """
    held = db.execute(QUERIES["list_held"], (limit,)).fetchall()
    ready = db.execute(QUERIES["list_ready"], (limit,)).fetchall()
    jobs = sorted((Job.of(row) for row in held + ready), key=_transaction)
    count = db.execute(QUERIES["count_open"]).fetchone()[0]
    return jobs[:limit], count


def list_interrupted(db: sqlite3.Connection) -> list[Job]:
    """Return jobs about which a user is asked, also those that only wait for their turn."""
    return [Job.of(row) for row in db.execute(QUERIES["list_interrupted"])]


def list_items(
    db: sqlite3.Connection, job_id: int, states: Sequence[ItemState], after: int, limit: int
) -> list[ItemRow]:
    """Return items of a job in their order.

    Raises:
        UnknownJobError: there is no such job.
    """
    find(db, job_id)
    if list(states) == [ItemState.PENDING]:
        rows = db.execute(QUERIES["list_pending"], (job_id, after, limit)).fetchall()
    else:
        wanted = "," + ",".join(states) + "," if states else None
        values = {"job_id": job_id, "after": after, "states": wanted, "limit": limit}
        rows = db.execute(QUERIES["list_items"], values).fetchall()
    return [ItemRow(p, k, ItemState(s), *rest) for p, k, s, *rest in rows]


def position(db: sqlite3.Connection, job: Job) -> int | None:
    """Return a job's position in the queue of its lane.

    1 is the first; 0: it runs; None: it does not wait for a slot.
    """
    if job.status is JobStatus.ACTIVE:
        return 0
    if not job.ready:
        return None
    before = 0
    for rate_key, priority in claims.groups(db, job.lane, ()):
        if priority <= job.priority:
            last = job.id if priority == job.priority else 2**62
            values = (job.lane, rate_key, priority, last)
            before += db.execute(QUERIES["count_group"], values).fetchone()[0]
    return before + 1


class Waiting(msgspec.Struct, frozen=True):
    """A job that waits for a slot."""

    job: Job
    rank: int
    """Its priority, made more urgent by waiting."""
    blocked_by: Literal["hold", "rate_limit"] | None
    """What it waits for besides its turn; None: nothing."""


class Queue(msgspec.Struct, frozen=True):
    """What waits in a lane."""

    lane: str
    active: list[Job]
    waiting: list[Waiting]
    """In the order in which they will run as things are; those that are blocked come last."""

    @property
    def has_more_urgent(self) -> bool:
        """Whether a job that could run is more urgent than one that does."""
        ranks = [job.rank for job in self.active]
        able = [one.job.priority for one in self.waiting if one.blocked_by is None]
        return bool(ranks and able) and min(able) < max(ranks)


def queue(db: sqlite3.Connection, lane: str, limit: int, ageing: Ageing) -> Queue:
    """Return the jobs that run in a lane and those that are next, up to a limit."""
    held, limited = read_holds(db), claims.limited_keys(db, ageing.now)

    def blocked_by(job: Job) -> Literal["hold", "rate_limit"] | None:
        if held.on(job) is not None:
            return "hold"
        return "rate_limit" if job.rate_key in limited else None

    groups = claims.groups(db, lane, ())
    found = []
    for one in claims.waiting(db, lane, groups, limit, ageing):
        job = Job.of(one.row)
        found.append(Waiting(job, one.rank, blocked_by(job)))
    found.sort(key=lambda one: one.blocked_by is not None)
    return Queue(lane, active_in(db, lane), found)


def busy_lanes(db: sqlite3.Connection) -> list[str]:
    """Return the lanes in which jobs run or wait for a slot, by name."""
    running = {lane for (lane,) in db.execute(QUERIES["active_lanes"])}
    return sorted(running.union(claims.lanes_with_work(db)))


def coming_back_in(db: sqlite3.Connection, lane: str | None, limit: int) -> list[Job]:
    """Return jobs whose pauses end by themselves, the next one first."""
    rows = db.execute(QUERIES["coming_back"], {"lane": lane, "limit": limit})
    return [Job.of(row) for row in rows]


def coming_back(db: sqlite3.Connection) -> Mapping[str, int]:
    """Return the numbers of paused jobs by their reasons."""
    return dict(db.execute(QUERIES["paused_counts"]).fetchall())


def limited_until(db: sqlite3.Connection, key: str, now: Millis) -> Millis | None:
    """Return when a rate limit ends; None: there is none."""
    row = db.execute(QUERIES["limit_of"], (key, now)).fetchone()
    return None if row is None else Millis(row[0])


def ahead(db: sqlite3.Connection, job: Job, limit: int) -> list[Job]:
    """Return jobs that are claimed before a waiting one."""
    values = {"lane": job.lane, "priority": job.priority, "id": job.id, "limit": limit}
    return [Job.of(row) for row in db.execute(QUERIES["list_ahead"], values)]


def active_in(db: sqlite3.Connection, lane: str) -> list[Job]:
    """Return the jobs of a lane that run."""
    return [Job.of(row) for row in db.execute(QUERIES["active_in"], (lane,))]


def pace(db: sqlite3.Connection, action: str) -> Pace | None:
    """Return how long jobs of an action took lately; None: unknown yet."""
    row: Any = db.execute(QUERIES["pace"], (action,)).fetchone()
    return None if row is None or row[0] is None else Pace(*row)


# Private


def _transaction(job: Job) -> tuple[int, int, int]:
    group = 0 if job.status is JobStatus.ACTIVE else 1 if job.ready else 2
    return group, job.priority, job.id
