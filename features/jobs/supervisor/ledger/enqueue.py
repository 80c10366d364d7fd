"""Writing new jobs and their items.

A job with many items is written in slices, so that other writes need not wait for it: first as a
draft that no query shows, then its items, then it is opened.  What a crash leaves of a draft is
removed.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from typing import Final

import msgspec

from meshvisor.features.jobs.model.job import MAX_ITEMS
from meshvisor.features.jobs.supervisor.ledger import events
from meshvisor.features.jobs.supervisor.ledger.job import (
    DRAFT,
    QUERIES,
    Job,
    Millis,
    NewJob,
    find_leased,
)
from meshvisor.shared.errors import UsageError

SLICE: Final = 2_000
"""Items that are written in one transaction: about 20 ms, for which other transactions wait."""


class Enqueued(msgspec.Struct, frozen=True):
    """What became of a new job."""

    job_id: int
    duplicate: bool = False
    """Whether the first job with its idempotency key is meant, and nothing was written."""


def enqueue(db: sqlite3.Connection, new: NewJob, now: Millis) -> Enqueued:
    """Write a job with all its items, of which there are at most `SLICE`."""
    return _write(db, new, now, draft=False)


def draft(db: sqlite3.Connection, new: NewJob, now: Millis) -> Enqueued:
    """Write a job that is not visible yet, without its items; see `write_slice` and
    `open_draft`.
    """
    return _write(db, new, now, draft=True)


def write_slice(db: sqlite3.Connection, job_id: int, items: Sequence[str], first: int) -> None:
    """Write items of a job.

    Args:
        db: inside a transaction.
        job_id: the job, or its draft.
        items: keys that the job does not have yet.
        first: position of the first of them.
    """
    rows = [(job_id, position, key) for position, key in enumerate(items, first)]
    db.executemany(QUERIES["insert_item"], rows)


def open_draft(db: sqlite3.Connection, job_id: int, new: NewJob, now: Millis) -> Enqueued:
    """Make a draft with all its items a job, unless another one has its key by now.

    A draft has no key: the answer to a second submission cannot be a job that may never be one.
    """
    first = with_key(db, new.key)
    if first is not None:
        discard_draft(db, job_id)
        return Enqueued(first.id, duplicate=True)
    values = {
        "id": job_id,
        "items": len(new.items),
        "key": new.key,
        "expires_at": new.expires_at(now),
        "now": now,
    }
    db.execute(QUERIES["open_draft"], values)
    return Enqueued(job_id)


def discard_draft(db: sqlite3.Connection, job_id: int) -> None:
    """Forget a draft that could not be finished; idempotent."""
    db.execute(QUERIES["discard_draft"], (job_id,))


def add_items(
    db: sqlite3.Connection, job_id: int, run: int, keys: Sequence[str], now: Millis
) -> int | None:
    """Add items to a job that runs; return how many it did not have yet.

    None: this run is over, and nothing was written.

    Raises:
        UsageError: the job would have too many.
    """
    job = find_leased(db, job_id, run)
    if job is None:
        return None
    known = {key for (key,) in db.execute(QUERIES["known_keys"], (job_id, json.dumps(list(keys))))}
    new = [key for key in dict.fromkeys(keys) if key not in known]
    if job.total + len(new) > MAX_ITEMS:
        raise UsageError(f"a job may have {MAX_ITEMS:,} items; submit another job for the rest")
    # Only what is new has a position: known keys that are added for ever would use up all of them.
    write_slice(db, job_id, new, db.execute(QUERIES["next_position"], (job_id,)).fetchone()[0])
    db.execute(QUERIES["count_added"], {"id": job_id, "added": len(new), "now": now})
    return len(new)


def with_key(db: sqlite3.Connection, key: str | None) -> Job | None:
    """Return the job with an idempotency key."""
    if key is None:
        return None
    row = db.execute(QUERIES["job_by_key"], (key,)).fetchone()
    return None if row is None else Job.of(row)


# Private


def _write(db: sqlite3.Connection, new: NewJob, now: Millis, *, draft: bool) -> Enqueued:
    first = with_key(db, new.key)
    if first is not None:
        return Enqueued(first.id, duplicate=True)
    job_id = _insert(db, new, now, draft=draft)
    if draft:
        return Enqueued(job_id)
    if new.items:
        write_slice(db, job_id, new.items, 0)
    # Not by a trigger: for each statement with one that may fail, SQLite keeps a copy of every page
    # that it changes, which was a third of what a new job costs (docs/decisions/0030).
    events.queued(db, job_id, new, now)
    return Enqueued(job_id)


def _insert(db: sqlite3.Connection, new: NewJob, now: Millis, *, draft: bool) -> int:
    creator = new.creator
    values = (
        new.action,
        new.mesh_id,
        new.priority,
        new.lane,
        json.dumps(new.data) if new.data else "{}",
        new.rate_key,
        creator.id,
        creator.name,
        creator.origin,
        now,
        0 if draft else len(new.items),
    )
    if draft or _has_more(new):
        more = (
            DRAFT if draft else 0,
            int(not draft),
            None if draft else new.key,
            new.target,
            json.dumps(new.options) if new.options else None,
            None if new.deadline is None else now + new.deadline,
            new.wait_timeout,
            None if draft else new.expires_at(now),
            creator.place,
            int(creator.is_direct),
        )
        job_id = db.execute(QUERIES["insert_job"], (*values, *more)).lastrowid
    else:
        job_id = db.execute(QUERIES["insert_plain_job"], values).lastrowid
    assert job_id is not None
    return job_id


def _has_more(new: NewJob) -> bool:
    """Say whether a job has anything that most have not."""
    creator = new.creator
    return bool(
        new.key is not None
        or new.target is not None
        or new.options
        or new.deadline is not None
        or new.wait_timeout is not None
        or creator.place is not None
        or creator.is_direct
    )
