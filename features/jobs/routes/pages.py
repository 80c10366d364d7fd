"""Pages of jobs and of items, read by the console itself: SQLite makes the JSON that is sent.

The supervisor needs ten times as long for the same, in the loop that keeps the fleet, and every
page that watches jobs asks anew whenever one changes.  The shapes are those of `results`; a test
holds the answers against the supervisor's.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any, Final

from meshvisor.features.jobs.model.job import FINISHED, ItemState, JobStatus
from meshvisor.features.jobs.wordings import NO_JOB
from meshvisor.shared.errors import UnknownError
from meshvisor.shared.store.queries import load_queries

QUERIES: Final = load_queries(Path(__file__).with_name("queries.sql"))

LARGEST_PAGE: Final = 1024 * 1024
"""Characters of one page, which is shorter than wanted beyond that; entries may be long."""

MOST_WAITING: Final = 5_000
"""Waiting jobs up to which those that are not finished are looked up one by one: few among very
many finished ones.  Beyond that the newest jobs are looked through, where many will match."""

_MOMENTS: Final = (
    "resume_after",
    "created_at",
    "updated_at",
    "started_at",
    "finished_at",
    "deadline",
    "expires_at",
    "stuck_since",
)
_ISO: Final = {
    name: f"strftime('%Y-%m-%dT%H:%M:%f+00:00', {name} / 1000.0, 'unixepoch')" for name in _MOMENTS
}
_UNFINISHED: Final = (
    "AND id IN (SELECT id FROM jobs WHERE ready = 1 "
    "UNION ALL SELECT id FROM jobs WHERE ready = 0 AND finished_at IS NULL)"
)
_ALL_JOBS: Final = QUERIES["jobs"].format(**_ISO, unfinished="")
_OPEN_JOBS: Final = QUERIES["jobs"].format(**_ISO, unfinished=_UNFINISHED)

_ITEMS_IN: Final = {
    # Each with an index of its own.
    frozenset({ItemState.PENDING}): "state = 'pending'",
    frozenset({ItemState.FAILED}): "state = 'failed'",
}
_ITEMS_ANY: Final = "(:states IS NULL OR instr(:states, ',' || state || ',') > 0)"


def jobs(db: sqlite3.Connection, wanted: Mapping[str, Any], statuses: Collection[str]) -> bytes:
    """Return the JSON of a `JobList`, newest first.

    Args:
        db: inside a transaction.
        wanted: the other fields of the request `jobs_list`.
        statuses: of the jobs; none: any.
    """
    limit = wanted["limit"]
    values = {
        **wanted,
        "before": wanted["before"] or 2**62,
        "statuses": _listed(statuses),
        "limit": limit + 1,
    }
    are_few = bool(statuses) and not (set(map(JobStatus, statuses)) & FINISHED)
    if are_few:
        (waiting,) = db.execute(QUERIES["waiting"], (MOST_WAITING,)).fetchone()
        are_few = waiting < MOST_WAITING
    rows, more = _page(db.execute(_OPEN_JOBS if are_few else _ALL_JOBS, values), limit)
    return f'{{"jobs":[{",".join(rows)}],"more":{more}}}'.encode("utf-8", "replace")


def items(
    db: sqlite3.Connection, job_id: int, states: Collection[ItemState], after: int, limit: int
) -> bytes:
    """Return the JSON of an `ItemList`, in the order of the job.

    Args:
        db: inside a transaction.
        job_id: of the job.
        states: of the items; none: any.
        after: the last position of the page before.
        limit: how many at most.

    Raises:
        UnknownError: there is no such job.
    """
    if db.execute(QUERIES["job"], (job_id,)).fetchone() is None:
        raise UnknownError(NO_JOB.said(job_id=job_id))
    state = _ITEMS_IN.get(frozenset(states), _ITEMS_ANY)
    values = {"job_id": job_id, "after": after, "limit": limit + 1, "states": _listed(states)}
    query = QUERIES["items"].format(updated_at=_ISO["updated_at"], state=state)
    rows, more = _page(db.execute(query, values), limit)
    found = ",".join(rows)
    return f'{{"job_id":{job_id},"items":[{found}],"more":{more}}}'.encode("utf-8", "replace")


# Private


def _page(rows: sqlite3.Cursor, limit: int) -> tuple[list[str], str]:
    """Return entries, as many as are wanted and fit, and whether there are more, as JSON has it."""
    found: list[str] = []
    room = LARGEST_PAGE
    for (text,) in rows:
        room -= len(text)
        if len(found) == limit or (room < 0 and found):
            return found, "true"
        found.append(text)
    return found, "false"


def _listed(names: Collection[str]) -> str | None:
    return "," + ",".join(names) + "," if names else None
