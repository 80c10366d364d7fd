"""How long jobs took and waited, by action: counted when they end, kept when they are forgotten.

A duration is counted in a bucket of those that are about as long, so that an hour of an action is a
handful of rows however many jobs it had.  Written once for all jobs that end in a transaction.
"""

from __future__ import annotations

import json
import math
import sqlite3
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, NamedTuple

from shared.store.queries import load_queries
from supervisor.jobs.ledger.job import Millis

QUERIES: Final = load_queries(Path(__file__).with_suffix(".sql"))

HOUR: Final = 3_600_000
"""Milliseconds."""

KEPT: Final = 90 * 24 * HOUR
"""Milliseconds that hours are kept: a quarter of a year, some megabytes with a hundred actions."""

GROWTH: Final = 1.1
"""How much longer the durations of a bucket are than those of the one before it: a percentile is
right to five per cent, and a week is in bucket 212."""

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


def count_ended(db: sqlite3.Connection, job_ids: Collection[int], now: Millis) -> None:
    """Count jobs that end in this transaction; each once."""
    if not job_ids:
        return
    counted: dict[tuple[int, str, str, int], list[int]] = {}
    for row in db.execute(QUERIES["ended"], (json.dumps(list(job_ids)),)):
        for key, values in _samples(_Ended(*row), now):
            sums = counted.setdefault(key, [0, 0, 0, 0, 0])
            duration, items, failed = values
            sums[0] += 1
            sums[1] += duration
            sums[2] = max(sums[2], duration)
            sums[3] += items
            sums[4] += failed
    db.executemany(QUERIES["add"], [(*key, *sums) for key, sums in counted.items()])


def records(db: sqlite3.Connection, since: Millis) -> list[Record]:
    """Return what there is of all actions from the hour of a moment on, by their names."""
    found: dict[str, Record] = {}
    rows = db.execute(QUERIES["since"], (since // HOUR * HOUR,))
    for action, measure, bucket, jobs, total, longest, items, failed in rows:
        record = found.setdefault(action, Record(action))
        if measure == WAIT:
            record.waits.add(bucket, jobs, total, longest)
            continue
        record.ended[measure] = record.ended.get(measure, 0) + jobs
        record.items += items
        record.failed_items += failed
        if bucket != NEVER_RAN and measure != "cancelled":
            record.runs.add(bucket, jobs, total, longest)
    return [found[name] for name in sorted(found)]


def forget_old(db: sqlite3.Connection, now: Millis) -> None:
    """Forget hours that were kept long enough."""
    db.execute(QUERIES["forget"], (now - KEPT,))


# Private


class _Ended(NamedTuple):
    """A row of the query `ended`."""

    action: str
    status: str
    created_at: int
    started_at: int | None
    items: int
    failed: int


def _samples(
    job: _Ended, now: Millis
) -> Iterator[tuple[tuple[int, str, str, int], tuple[int, int, int]]]:
    action, status, created_at, started_at, items, failed = job
    hour = now // HOUR * HOUR
    if started_at is None:
        yield (hour, action, status, NEVER_RAN), (0, items, failed)
        return
    took = max(0, now - started_at)
    yield (hour, action, status, _bucket(took)), (took, items, failed)
    waited = max(0, started_at - created_at)
    yield (hour, action, WAIT, _bucket(waited)), (waited, 0, 0)


def _bucket(duration: int) -> int:
    return round(math.log(duration + 1) / _LOG)


def _middle(bucket: int) -> float:
    return GROWTH**bucket - 1


_LOG: Final = math.log(GROWTH)
