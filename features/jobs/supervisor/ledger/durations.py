"""How long jobs took and waited, by action: counted after they end, kept when they are forgotten.

A duration is counted in a bucket of those that are about as long, so that an hour of an action is a
handful of rows however many jobs it had.  Each job is counted once, every few seconds with all that
have ended since, and before one is deleted or queued anew; who asks before sees the rest as well.
How far they are counted is a moment, so that nothing counts which ends while a clock that was set
back repeats a time: it could not be distinguished from what was counted then.
"""

from __future__ import annotations

import math
import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, NamedTuple

from meshvisor.features.jobs.supervisor.ledger.job import Job, Millis
from meshvisor.shared.store.queries import load_queries

QUERIES: Final = load_queries(Path(__file__).with_suffix(".sql"))

HOUR: Final = 3_600_000
"""Milliseconds."""

KEPT: Final = 90 * 24 * HOUR
"""Milliseconds that hours are kept: a quarter of a year, some megabytes with a hundred actions."""

GROWTH: Final = 1.1
"""How much longer the durations of a bucket are than those of the one before it: a percentile is
right to five per cent, and a week is in bucket 212."""

COUNTED_AT_ONCE: Final = 5_000
"""Jobs that are counted in one transaction: some ten milliseconds."""

MOST_UNCOUNTED: Final = 200_000
"""Jobs not counted yet that are looked at for who asks: those of the last seconds."""

FROM_THE_FIRST: Final = (1, 0)
"""The end and id behind which is counted where none is: deleted jobs have ended at 0."""

NEVER_RAN: Final = -1
"""The bucket of jobs that have ended without having run."""

WAIT: Final = "wait"
"""The measure of the time from a job's submission to its first start; the others are statuses."""


@dataclass(slots=True)
class Spread:
    """Durations of one kind, in milliseconds."""

    buckets: dict[int, int] = field(default_factory=dict)
    """How many there are in each."""
    total: int = 0
    longest: int = 0

    @property
    def count(self) -> int:
        """How many there are."""
        return sum(self.buckets.values())

    def add(self, bucket: int, count: int, total: int, longest: int) -> None:
        """Take in some of them."""
        self.buckets[bucket] = self.buckets.get(bucket, 0) + count
        self.total += total
        self.longest = max(self.longest, longest)

    def quantile(self, share: float) -> float:
        """Return the duration that a share of them does not exceed, to five per cent."""
        left = math.ceil(share * self.count)
        for bucket in sorted(self.buckets):
            left -= self.buckets[bucket]
            if left <= 0:
                return min(_middle(bucket), float(self.longest))
        return 0.0


@dataclass(slots=True)
class Record:
    """What is known of the jobs of one action that ended in a time."""

    action: str
    ended: dict[str, int] = field(default_factory=dict)
    """How many, by status."""
    items: int = 0
    failed_items: int = 0
    runs: Spread = field(default_factory=Spread)
    """Of those that were completed or have failed: from the first start to the end."""
    waits: Spread = field(default_factory=Spread)


def count(db: sqlite3.Connection, now: Millis) -> bool:
    """Count jobs that have ended, some at a time; say whether there are more.

    Not while they end: that would be two statements for each of them.
    """
    rows = _uncounted(db, now, COUNTED_AT_ONCE)
    if rows:
        _add(db, rows)
        db.execute(QUERIES["count_up_to"], (rows[-1].finished_at, rows[-1].id))
    return len(rows) == COUNTED_AT_ONCE


def count_before_it_goes(db: sqlite3.Connection, job: Job) -> None:
    """Count a job that has ended unless it is counted: it is to be deleted or queued anew."""
    at, job_id = db.execute(QUERIES["counted"]).fetchone() or FROM_THE_FIRST
    if job.finished_at is not None and (job.finished_at, job.id) > (at, job_id):
        _add(db, [_Ended(*db.execute(QUERIES["ended_one"], (job.id,)).fetchone())])


def records(db: sqlite3.Connection, since: Millis, now: Millis) -> list[Record]:
    """Return the durations of all actions from the hour of a moment on, by their names."""
    found: dict[str, Record] = {}
    first = since // HOUR * HOUR
    for action, *numbers in db.execute(QUERIES["since"], (first,)):
        _take(found.setdefault(action, Record(action)), *numbers)
    for key, sums in _sums(_uncounted(db, now, MOST_UNCOUNTED)).items():
        hour, action, measure, bucket = key
        if hour >= first:
            _take(found.setdefault(action, Record(action)), measure, bucket, *sums)
    return [found[name] for name in sorted(found)]


def forget_old(db: sqlite3.Connection, now: Millis) -> None:
    """Forget hours that were kept long enough."""
    db.execute(QUERIES["forget"], (now - KEPT,))


# Private


class _Ended(NamedTuple):
    """A row of the query `ended`."""

    finished_at: int
    id: int
    action: str
    status: str
    created_at: int
    started_at: int | None
    items: int
    failed: int


_Key = tuple[int, str, str, int]
"""Hour, action, measure and bucket."""


def _uncounted(db: sqlite3.Connection, now: Millis, most: int) -> list[_Ended]:
    at, job_id = db.execute(QUERIES["counted"]).fetchone() or FROM_THE_FIRST
    # Strictly before now: others may still end in this millisecond.
    values = {"at": at, "id": job_id, "now": now, "most": most}
    return [_Ended(*row) for row in db.execute(QUERIES["ended"], values)]


def _add(db: sqlite3.Connection, rows: Iterable[_Ended]) -> None:
    sums = _sums(rows)
    db.executemany(QUERIES["add"], [(*key, *numbers) for key, numbers in sums.items()])


def _sums(rows: Iterable[_Ended]) -> dict[_Key, list[int]]:
    """Return for each key the number of jobs, their total, the longest, items and failed items."""
    found: dict[_Key, list[int]] = {}
    for row in rows:
        for key, (duration, items, failed) in _samples(row):
            sums = found.setdefault(key, [0, 0, 0, 0, 0])
            sums[0] += 1
            sums[1] += duration
            sums[2] = max(sums[2], duration)
            sums[3] += items
            sums[4] += failed
    return found


def _take(record: Record, measure: str, bucket: int, *numbers: int) -> None:
    jobs, total, longest, items, failed = numbers
    if measure == WAIT:
        record.waits.add(bucket, jobs, total, longest)
        return
    record.ended[measure] = record.ended.get(measure, 0) + jobs
    record.items += items
    record.failed_items += failed
    if bucket != NEVER_RAN and measure != "cancelled":
        record.runs.add(bucket, jobs, total, longest)


def _samples(job: _Ended) -> Iterator[tuple[_Key, tuple[int, int, int]]]:
    hour = job.finished_at // HOUR * HOUR
    if job.started_at is None:
        yield (hour, job.action, job.status, NEVER_RAN), (0, job.items, job.failed)
        return
    took = max(0, job.finished_at - job.started_at)
    yield (hour, job.action, job.status, _bucket(took)), (took, job.items, job.failed)
    waited = max(0, job.started_at - job.created_at)
    yield (hour, job.action, WAIT, _bucket(waited)), (waited, 0, 0)


def _bucket(duration: int) -> int:
    return round(math.log(duration + 1) / _LOG)


def _middle(bucket: int) -> float:
    return GROWTH**bucket - 1


_LOG: Final = math.log(GROWTH)
