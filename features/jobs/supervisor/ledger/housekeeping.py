"""What happens to jobs by itself: at a start, after a crash, when a pause is over, and at the end.

Does not own when it is done (`features.jobs.supervisor.engine`).
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping
from typing import Final

import msgspec

from meshvisor.features.jobs.supervisor.ledger import holds, time_limits
from meshvisor.features.jobs.supervisor.ledger.job import DRAFT, QUERIES, Job, Millis, find
from meshvisor.features.jobs.supervisor.ledger.running import Crash, lose

PROMOTED: Final = 500
"""Jobs whose pause ends in one transaction: a few milliseconds."""
REMOVED: Final = 5_000
"""Rows that a cleanup removes in one transaction, likewise."""


def recover(db: sqlite3.Connection, resume_after: Millis, now: Millis) -> list[Job]:
    """Take over what an earlier supervisor has left; return the jobs that it was running.

    It has died without stopping them: they are interrupted, unless they were to be paused or
    cancelled.  Those that were interrupted before keep the moment at which they go on.
    """
    db.execute(QUERIES["discard_drafts"], (DRAFT,))
    time_limits.bound(db, now)
    crash = Crash("the supervisor or the machine stopped while it ran", resume_after, None)
    return lose(db, _active(db), crash, now)


def reconcile(db: sqlite3.Connection, running: Mapping[int, int], now: Millis) -> list[Job]:
    """Bring the database and what runners have into line; return the jobs that were not.

    After a commit that failed it is unknown whether it was done after all.

    Args:
        db: inside a transaction.
        running: the run of each job that a runner has.
        now: the present moment.
    """
    active = dict(_active(db))
    lost = [(job_id, run) for job_id, run in active.items() if running.get(job_id) != run]
    over = [job_id for job_id, run in running.items() if active.get(job_id) != run]
    lose(db, lost, None, now)
    return [find(db, job_id) for job_id in {*over, *(job_id for job_id, _ in lost)}]


def prove(db: sqlite3.Connection) -> None:
    """Write a page with what is in it: only a write shows that the disk takes something again."""
    (version,) = db.execute("PRAGMA user_version").fetchone()
    db.execute(f"PRAGMA user_version = {version:d}")


def promote(db: sqlite3.Connection, now: Millis) -> list[Job]:
    """End pauses that are over, up to `PROMOTED`; return the jobs, which are ready now."""
    rows = db.execute(QUERIES["promote"], {"now": now, "most": PROMOTED}).fetchall()
    return [Job.of(row) for row in rows]


def end_limits(db: sqlite3.Connection, now: Millis) -> bool:
    """Forget rate limits that are over; say whether there were any."""
    return db.execute(QUERIES["end_limits"], (now,)).rowcount > 0


def park(db: sqlite3.Connection, like: Job) -> None:
    """Let up to `PROMOTED` jobs like this one wait for their plug-in, which is missing."""
    values = {
        "lane": like.lane,
        "rate_key": like.rate_key,
        "priority": like.priority,
        "action": like.action,
        "most": PROMOTED,
    }
    db.execute(QUERIES["park"], values)


def unpark(db: sqlite3.Connection) -> set[str]:
    """Let all of those wait for their turn again; return their lanes."""
    return {lane for (lane,) in db.execute(QUERIES["unpark"])}


class Due(msgspec.Struct, frozen=True):
    """When something happens by itself."""

    next: Millis | None = None
    """The next pause, rate limit, hold or wait of a job ends; None: there is none."""
    limited_until: Millis | None = None
    """The last rate limit ends; None: there is none."""
    has_holds: bool = False
    """Whether anything is on hold."""


def next_due(db: sqlite3.Connection) -> Due:
    """Return when something happens by itself."""
    *moments, last, held = db.execute(QUERIES["next_due"]).fetchone()
    return Due(min((m for m in moments if m is not None), default=None), last, held is not None)


def shift(db: sqlite3.Connection, delta: int) -> None:
    """Keep the lengths of all waits after the clock has been set by so many milliseconds."""
    for query in ("shift_jobs", "shift_limits"):
        db.execute(QUERIES[query], (delta,))
    holds.shift(db, delta)


def clean_up(db: sqlite3.Connection, before: Millis) -> tuple[int, bool]:
    """Remove jobs that ended before a moment; return how many, and whether there may be more."""
    removed, rows = 0, 0
    for (job_id,) in db.execute(QUERIES["finished_before"], (before, REMOVED)).fetchall():
        for query in ("remove_items", "remove_history"):
            rows += db.execute(QUERIES[query], (job_id, REMOVED - rows)).rowcount
            if rows >= REMOVED:
                db.execute(QUERIES["hide"], (DRAFT, job_id))
                return removed, True
        db.execute(QUERIES["remove_job"], (job_id,))
        removed += 1
        rows += 1
    return removed, False


def keep_actions(db: sqlite3.Connection, specs: Iterable[tuple[str, str]]) -> None:
    """Remember what the plug-ins declare: names and specs as JSON."""
    db.execute(QUERIES["forget_actions"])
    db.executemany(QUERIES["keep_action"], list(specs))


def keep_meshes(db: sqlite3.Connection, mesh_ids: Iterable[str]) -> None:
    """Remember meshes that were seen."""
    db.executemany(QUERIES["keep_mesh"], [(mesh_id,) for mesh_id in mesh_ids])


def kept_actions(db: sqlite3.Connection) -> list[str]:
    """Return the specs that `keep_actions` was given, as JSON."""
    return [spec for (spec,) in db.execute(QUERIES["actions"])]


def kept_meshes(db: sqlite3.Connection) -> set[str]:
    """Return the meshes that were ever seen."""
    return {mesh_id for (mesh_id,) in db.execute(QUERIES["meshes"])}


# Private


def _active(db: sqlite3.Connection) -> list[tuple[int, int]]:
    return [(job_id, run) for job_id, run in db.execute(QUERIES["active"])]
