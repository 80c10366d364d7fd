"""Pages of jobs and of items, read by the console itself: SQLite makes the JSON that is sent.

The supervisor needs ten times as long for the same, in the loop that keeps the fleet, and every
page that watches jobs asks anew whenever one changes.  The shapes are those of `results`; a test
holds the answers against the supervisor's.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterator, Mapping
from collections.abc import Set as AbstractSet
from pathlib import Path
from typing import Any, Final

from meshvisor.features.jobs.model.job import FINISHED, ItemState, JobStatus
from meshvisor.features.jobs.wordings import NO_JOB
from meshvisor.shared.errors import UnknownError
from meshvisor.shared.store.queries import load_queries

QUERIES: Final = load_queries(Path(__file__).with_name("queries.sql"))

LARGEST_PAGE: Final = 1024 * 1024
"""Characters of one page, which is shorter than wanted beyond that; entries may be long."""

MOST_FEW: Final = 5_000
"""Jobs of the wanted states up to which these are found by an index: few among very many.  Beyond
that the newest jobs are looked through, where many will match."""

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
    "SELECT id FROM jobs WHERE ready = 1 "
    "UNION ALL SELECT id FROM jobs WHERE ready = 0 AND finished_at IS NULL"
)
_ENDED: Final = "SELECT id FROM jobs WHERE finished_at IS NOT NULL AND status IN ({names})"
_COMPARED: Final = ("action", "mesh_id", "lane", "created_by", "target")

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
    values = {**wanted, "before": wanted["before"] or 2**62, "limit": limit + 1}
    conditions = [f"{name} = :{name}" for name in _COMPARED if wanted[name] is not None]
    if statuses:
        conditions += _among(db, frozenset(map(JobStatus, statuses)))
    query = QUERIES["jobs"].format(**_ISO, conditions="".join(f" AND {one}" for one in conditions))
    rows, more = _page(db.execute(query, values), limit)
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


def _among(db: sqlite3.Connection, statuses: AbstractSet[JobStatus]) -> Iterator[str]:
    """Yield the conditions that leave jobs of these states; the cheapest first."""
    ended, names = statuses & FINISHED, _quoted(statuses)
    few = sum(count for status, count in db.execute(QUERIES["ended"]) if status in ended)
    if statuses - FINISHED:
        few += db.execute(QUERIES["waiting"], (MOST_FEW,)).fetchone()[0]
    if few < MOST_FEW:
        found = [_ENDED.format(names=_quoted(ended))] if ended else []
        found += [_UNFINISHED] if statuses - FINISHED else []
        yield f"id IN ({' UNION ALL '.join(found)})"
    yield f"+status IN ({names})"


def _quoted(statuses: AbstractSet[JobStatus]) -> str:
    """Return them as SQL has them: the names are our own."""
    return ", ".join(f"'{status.value}'" for status in sorted(statuses))


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
