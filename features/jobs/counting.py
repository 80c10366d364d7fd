"""How many jobs there are in which state, read from the database.

Called by the supervisor for `jobs_stats`, and by the console, which reads the same itself.
"""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from meshvisor.features.jobs.model.job import HIGHEST_PRIORITY, LOWEST_PRIORITY, JobStatus
from meshvisor.shared.late import late
from meshvisor.shared.store.queries import load_queries

if TYPE_CHECKING:
    from meshvisor.features.jobs import results
else:
    results = late("meshvisor.features.jobs.results")

QUERIES: Final = load_queries(Path(__file__).with_suffix(".sql"))


def stats(db: sqlite3.Connection) -> results.JobStats:
    """Return numbers in the shape of seed 000, and what is on hold.

    Args:
        db: inside a transaction.
    """
    empty = range(HIGHEST_PRIORITY, LOWEST_PRIORITY + 1)
    by_priority: dict[str, dict[int, int]] = {
        status: dict.fromkeys(empty, 0)
        for status in (JobStatus.QUEUED, JobStatus.ACTIVE, JobStatus.PAUSED, JobStatus.INTERRUPTED)
    }
    by_lane: dict[str, dict[str, int]] = {}
    take_turns = 0
    for lane, status, priority, is_ready, number in db.execute(QUERIES["open"]):
        take_turns += number if is_ready and status == JobStatus.PAUSED else 0
        by_priority[status][priority] += number
        lanes = by_lane.setdefault(lane, {})
        lanes[status] = lanes.get(status, 0) + number
    sums = {status: sum(numbers.values()) for status, numbers in by_priority.items()}
    return results.JobStats(
        queued=sums["queued"],
        active=sums["active"],
        paused=sums["paused"],
        total=sums["queued"] + sums["active"] + sums["paused"],
        queuedByPriority=by_priority["queued"],
        activeByPriority=by_priority["active"],
        pausedByPriority=by_priority["paused"],
        interrupted=sums["interrupted"],
        paused_for_turn=take_turns,
        **dict(db.execute(QUERIES["finished"]).fetchall()),
        by_lane=by_lane,
        holds=tuple(_hold(*row) for row in db.execute(QUERIES["holds"])),
    )


# Private


def _hold(kind: str, name: str, set_at: int, until: int | None, by: str) -> results.HoldInfo:
    return results.HoldInfo(
        scope=kind,
        name=name,
        set_at=_moment(set_at),
        until=None if until is None else _moment(until),
        by=by,
    )


def _moment(at: int) -> str:
    return datetime.fromtimestamp(at / 1000, UTC).isoformat(timespec="milliseconds")
