"""What an operator decides about one job beside pausing and ending it.

Each function returns what was done as `operations` does, with how it was before for the audit
log.  A job that runs is never changed under its action: it is stopped first, or only what no run
relies on is written.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from typing import Final

from meshvisor.features.jobs.model.job import EndReason, ItemState, JobStatus, MarkedItem, MarkedJob
from meshvisor.features.jobs.supervisor.ledger import events, history
from meshvisor.features.jobs.supervisor.ledger.durations import count_before_it_goes
from meshvisor.features.jobs.supervisor.ledger.job import DRAFT, QUERIES, Job, Millis, find
from meshvisor.features.jobs.supervisor.ledger.operations import Outcome, requeue, where_it_stops
from meshvisor.features.jobs.wordings import NO_ITEM
from meshvisor.shared.errors import UsageError
from meshvisor.shared.listed import listed

MOST_NAMED: Final = 3
"""Unknown keys that a sentence names."""


def delete(db: sqlite3.Connection, job_id: int, now: Millis, *, force: bool = False) -> Outcome:
    """Hide a job; its rows are removed by the next cleanup.

    Args:
        db: inside a transaction.
        job_id: which one.
        now: the present moment.
        force: whether one that runs is cancelled for it, and deleted when it has stopped.
    """
    job = find(db, job_id)
    if job.status is S.ACTIVE:
        if not force:
            return Outcome(
                job,
                "runs; cancel it first.",
                f"meshvisor jobs delete {job.id} --force cancels and deletes it",
                ok=False,
                changed=False,
            )
        job = _end_active(db, job, "deleted", None, now)
        return Outcome(job, f"is deleted {where_it_stops(job)}.", after="to be deleted")
    before = described(job)
    if not job.is_finished:
        row = db.execute(QUERIES["cancel"], {"id": job.id, "now": now}).fetchone()
        job = Job.of(row)
    count_before_it_goes(db, job)
    db.execute(QUERIES["hide"], (DRAFT, job.id))
    events.deleted(db, job, now)
    return Outcome(job, "is deleted.", before=before, after="deleted")


def move(
    db: sqlite3.Connection, job_id: int, now: Millis, *, priority: int | None, lane: str | None
) -> Outcome:
    """Give a job that waits another priority or lane; None: as it is."""
    job = find(db, job_id)
    if job.status is S.ACTIVE:
        text = "runs; pause it first, then it can be moved."
        return Outcome(job, text, ok=False, changed=False)
    if job.is_finished:
        text = f"is {job.status} and waits no more; there is nothing to move."
        return Outcome(job, text, ok=False, changed=False)
    before = _where(job)
    values = {
        "id": job.id,
        "priority": job.priority if priority is None else priority,
        "lane": lane or job.lane,
        "now": now,
    }
    if (values["priority"], values["lane"]) == (job.priority, job.lane):
        return Outcome(job, f"has {before} already.", changed=False)
    job = Job.of(db.execute(QUERIES["move"], values).fetchone())
    return Outcome(job, f"has {_where(job)} now.", before=before, after=_where(job))


def mark(
    db: sqlite3.Connection, job_id: int, now: Millis, *, status: MarkedJob, reason: str | None
) -> Outcome:
    """Say by hand how a job has ended; its items stay as they are.

    Args:
        db: inside a transaction.
        job_id: which one.
        now: the present moment.
        status: how.
        reason: why, in a sentence; kept as the error of one that has failed.
    """
    job = find(db, job_id)
    if job.status == status:
        return Outcome(job, f"is {status} already.", changed=False)
    if (job.status, status) == (S.CANCELLED, "failed"):
        text = "is cancelled already; it has not failed."
        return Outcome(job, text, ok=False, changed=False)
    before = described(job)
    error = (reason or "marked as failed by hand") if status == "failed" else None
    if job.status is S.ACTIVE:
        job = _end_active(db, job, status, EndReason.OPERATOR, now, error)
        text = f"is marked as {status} {where_it_stops(job)}."
        return Outcome(job, text, before=before, after=f"to be {status}")
    job = end(db, job, JobStatus(status), EndReason.OPERATOR, error, now)
    return Outcome(job, f"is marked as {status}.", before=before, after=described(job))


def mark_items(
    db: sqlite3.Connection,
    job_id: int,
    now: Millis,
    *,
    keys: Sequence[str],
    state: MarkedItem,
    reason: str | None,
) -> Outcome:
    """Say by hand what became of items, whatever was written before.

    Args:
        db: inside a transaction.
        job_id: whose.
        now: the present moment.
        keys: which ones.
        state: what became of them.
        reason: why; kept as the error of those that have failed.

    Raises:
        UsageError: the job has not all of them, and nothing was written.
    """
    job = find(db, job_id)
    error = (reason or "marked as failed by hand") if state == "failed" else None
    return _set_items(db, job, keys, ItemState(state), error, now)


def retry_items(
    db: sqlite3.Connection, job_id: int, now: Millis, *, keys: Sequence[str], more: bool = False
) -> Outcome:
    """Make items pending again, and queue their job anew where it has ended.

    Args:
        db: inside a transaction.
        job_id: whose.
        now: the present moment.
        keys: which ones.
        more: whether further ones follow, for which an ended job must not run yet.

    Raises:
        UsageError: the job has not all of them, and nothing was written.
    """
    job = find(db, job_id)
    if job.status is S.ACTIVE:
        text = "runs; pause it first, then its items can be put back."
        return Outcome(job, text, ok=False, changed=False)
    outcome = _set_items(db, job, keys, ItemState.PENDING, None, now)
    if more or not job.is_finished:
        return outcome
    # Also where it has ended before it came to them, and they are as they are to be.
    queued = requeue(db, outcome.job, 0, now)
    if not outcome.changed:
        return Outcome(queued, "is queued again.")
    text = f"is queued again and {outcome.text}"
    return Outcome(queued, text, before=outcome.before, after=outcome.after)


def end(
    db: sqlite3.Connection,
    job: Job,
    status: JobStatus,
    reason: EndReason,
    error: str | None,
    now: Millis,
) -> Job:
    """End a job that does not run in another way than by cancelling it."""
    history.keep_end(db, job.id)
    values = {
        "id": job.id,
        "status": status,
        "end_reason": reason,
        "error": error,
        "now": now,
    }
    return Job.of(db.execute(QUERIES["end"], values).fetchone())


def time_out(db: sqlite3.Connection, job: Job, error: str, now: Millis) -> Job:
    """Have a job fail because its time is over: at once, or at its next item where it runs."""
    if job.status is S.ACTIVE:
        return _end_active(db, job, "failed", EndReason.TIMEOUT, now, error)
    return end(db, job, S.FAILED, EndReason.TIMEOUT, error, now)


def described(job: Job) -> str:
    """Return how a job stands, for the audit log."""
    reason = f" ({job.pause_reason})" if job.pause_reason is not None else ""
    items = f", {job.total - job.pending} of {job.total} items" if job.total else ""
    return f"{job.action} {job.status}{reason}{items}"


# Private

S = JobStatus


def _end_active(
    db: sqlite3.Connection,
    job: Job,
    ends_as: str,
    reason: EndReason | None,
    now: Millis,
    error: str | None = None,
) -> Job:
    values = {
        "id": job.id,
        "ends_as": ends_as,
        "end_reason": reason,
        "error": error,
        "now": now,
    }
    return Job.of(db.execute(QUERIES["want_end"], values).fetchone())


def _set_items(
    db: sqlite3.Connection,
    job: Job,
    keys: Sequence[str],
    state: ItemState,
    error: str | None,
    now: Millis,
) -> Outcome:
    wanted = list(dict.fromkeys(keys))
    found = _found(db, job, wanted)
    changes = [(position, before) for position, _, before in found if before != state]
    count = "1 item" if len(changes) == 1 else f"{len(changes)} items"
    if not changes:
        return Outcome(job, f"has these items as {state} already.", changed=False)
    is_pending = state is ItemState.PENDING
    rows = [
        (state, None, error, 0 if is_pending else job.attempt, None if is_pending else now)
        for _ in changes
    ]
    db.executemany(
        QUERIES["set_item"],
        [(*row, job.id, position) for row, (position, _) in zip(rows, changes, strict=True)],
    )
    counts: dict[str, int] = dict.fromkeys(ItemState, 0)
    for _, before in changes:
        counts[before] -= 1
    counts[state] += len(changes)
    was = ", ".join(f"{key} {before}" for _, key, before in found[:10] if before != state)
    row = db.execute(QUERIES["recount"], {"id": job.id, "now": now, **counts}).fetchone()
    text = f"has {count} put back." if is_pending else f"has {count} marked as {state}."
    return Outcome(Job.of(row), text, before=was, after=str(state))


def _found(db: sqlite3.Connection, job: Job, keys: Sequence[str]) -> list[tuple[int, str, str]]:
    """Return position, key and state of items.

    Raises:
        UsageError: the job has not all of them.
    """
    values = {"id": job.id, "keys": json.dumps(keys)}
    found = db.execute(QUERIES["items_by_key"], values).fetchall()
    missing = set(keys) - {key for _, key, _ in found}
    if missing:
        named = listed([repr(key) for key in keys if key in missing], MOST_NAMED)
        raise UsageError(NO_ITEM.said(job_id=job.id, items=named))
    return [(position, key, state) for position, key, state in found]


def _where(job: Job) -> str:
    return f"priority {job.priority} in lane {job.lane}"
