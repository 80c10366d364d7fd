"""Events of jobs beside their transitions, which the table itself appends to the log.

All functions take a connection inside the transaction of what they tell of.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final

from meshvisor.features.jobs import events as kinds
from meshvisor.features.jobs.model.job import NO_MESH, HoldKind
from meshvisor.features.jobs.supervisor.ledger.job import Job, Millis, NewJob
from meshvisor.shared.events import log
from meshvisor.shared.events.event import NewEvent, encode
from meshvisor.shared.events.kind import EventKind

SAME_TEXTS: Final = 256
"""Data of events that are kept as text: jobs of an action differ in few of these fields."""


def queued(db: sqlite3.Connection, job_id: int, new: NewJob, now: Millis) -> None:
    """Append that a new job was submitted; it is `jobs_opened` for one that was a draft."""
    mesh_id = _mesh_of(new)
    data = _queued(new.action, new.lane, new.priority, new.creator.origin)
    log.append_text(db, (now, kinds.QUEUED.name, str(job_id), mesh_id, new.creator.id, data))


def deleted(db: sqlite3.Connection, job: Job, now: Millis) -> None:
    """Append that a job is hidden."""
    _append(db, job, kinds.DELETED, now, _always(job))


def stuck(db: sqlite3.Connection, job: Job, since: Millis, now: Millis) -> None:
    """Append that a job gets nowhere since a moment."""
    data = {**_always(job), "attempt": job.attempt, "since": since}
    _append(db, job, kinds.STUCK, now, data)


def requested(
    db: sqlite3.Connection, job: Job, actor: str, now: Millis, data: Mapping[str, Any]
) -> None:
    """Append that an operation on a job was requested; see the kind for the data."""
    _append(db, job, kinds.REQUESTED, now, data, actor)


def describe(kind: HoldKind, name: str) -> str:
    """Return what a hold is about, in words."""
    return {"all": "everything", "lane": f"lane {name}", "rate_key": f"rate key {name}"}[kind]


def hold_set(
    db: sqlite3.Connection,
    kind: HoldKind,
    name: str,
    until: Millis | None,
    actor: str,
    now: Millis,
) -> None:
    """Append that something is on hold."""
    data = {"kind": kind, "name": name, "until": until}
    log.append(db, [NewEvent(now, kinds.HELD.name, describe(kind, name), None, actor, data)])


def hold_ended(
    db: sqlite3.Connection, kind: HoldKind, name: str, actor: str | None, now: Millis
) -> None:
    """Append that a hold has ended; without an actor by itself."""
    data = {"kind": kind, "name": name}
    log.append(db, [NewEvent(now, kinds.RELEASED.name, describe(kind, name), None, actor, data)])


# Private


@lru_cache(SAME_TEXTS)
def _queued(action: str, lane: str, priority: int, origin: str) -> str:
    data = {"action": action, "lane": lane, "priority": priority, "origin": origin}
    return encode(data, kinds.QUEUED.version)


def _mesh_of(job: Job | NewJob) -> str | None:
    return None if job.mesh_id == NO_MESH else job.mesh_id


def _always(job: Job) -> Mapping[str, Any]:
    return {
        "action": job.action,
        "lane": job.lane,
        "priority": job.priority,
        "origin": job.origin,
    }


def _append(
    db: sqlite3.Connection,
    job: Job,
    kind: EventKind,
    now: Millis,
    data: Mapping[str, Any],
    actor: str | None = None,
) -> None:
    log.append(db, [NewEvent(now, kind.name, str(job.id), _mesh_of(job), actor, data)])
