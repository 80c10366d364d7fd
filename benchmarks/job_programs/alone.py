"""The engine without runners: what is written for new jobs, claims and outcomes of items.

The same pieces of work as in the product, handed to the same engine, on the same disk.
"""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any, Final

from msgspec.structs import replace

from meshvisor.features.jobs.messages.from_runner import ItemResult, ItemResults
from meshvisor.features.jobs.model.action import ActionSpec
from meshvisor.features.jobs.supervisor import message_handling
from meshvisor.features.jobs.supervisor.clock import JobClock
from meshvisor.features.jobs.supervisor.engine import Engine
from meshvisor.features.jobs.supervisor.ledger import claims, enqueue, reading
from meshvisor.features.jobs.supervisor.ledger.job import Creator, Job, Millis, NewJob, find
from meshvisor.features.jobs.supervisor.transaction import Committed, Situation, Transaction
from meshvisor.shared.clock import SystemClock
from meshvisor.shared.store.store import Store

CALLERS: Final = 100
"""Tasks that ask at the same time."""
SPEC: Final = ActionSpec("noop", lane="bench", retries=0)
CREATOR: Final = Creator("operator", "operator", "command line")
AGEING: Final = 600_000
"""Milliseconds; the product's default."""
RESULTS_AT_A_TIME: Final = 256
"""Outcomes in one message of a busy runner: what it was given at a time (`claims.BATCH`)."""
IN_FLIGHT: Final = 8
"""Messages with outcomes that wait for their commit; a runner does not wait for it."""
READS: Final = 200
"""Looks at a job, one after the other."""


class NoLanes:
    """Implements `engine.Lanes`: no runner runs anything."""

    def situation(self, now: Millis) -> Situation:
        """Return that there are no runners."""
        return Situation(now, (), frozenset(), AGEING)

    def running(self) -> dict[int, int]:
        """Return that nothing runs."""
        return {}

    def hold(self) -> None:
        """Do nothing: there is no runner to stop."""

    def committed(self, outcome: Committed) -> None:
        """Do nothing about it."""


def new_job(action: str = SPEC.name, priority: int = SPEC.priority) -> NewJob:
    """Return a job without items that was checked."""
    return NewJob(
        action=action,
        mesh_id="m1",
        priority=priority,
        lane=SPEC.lane,
        rate_key=action,
        data={},
        creator=CREATOR,
    )


def write_job(new: NewJob, db: sqlite3.Connection, transaction: Transaction) -> enqueue.Enqueued:
    """Do what the desk does for a new job."""
    transaction.woken(new.lane)
    return enqueue.enqueue(db, new, transaction.now)


async def enqueue_items(engine: Engine, new: NewJob, count: int) -> int:
    """Write a job with many items as the desk does, in slices; return its number."""
    drafted = await engine.do(lambda db, transaction: enqueue.draft(db, new, transaction.now))
    job = drafted.job_id
    for first in range(0, count, enqueue.SLICE):
        keys = [str(number) for number in range(first, min(first + enqueue.SLICE, count))]
        await engine.do(partial(_slice, job, keys, first))
    whole = replace(new, items=tuple(str(number) for number in range(count)))
    await engine.do(partial(_open, job, whole))
    return job


async def together(count: int, work: Any, callers: int = CALLERS) -> float:
    """Let callers share `count` calls of `work`, and return the seconds for all of them."""

    async def call(calls: int) -> None:
        for _ in range(calls):
            await work()

    began = time.monotonic()
    await asyncio.gather(*(call(count // callers) for _ in range(callers)))
    return time.monotonic() - began


# ---- The programs --------------------------------------------------------------------------------


async def enqueue_all(folder: Path, count: float, _slots: float = 1) -> dict[str, float]:
    """Enqueue jobs through the engine."""
    async with _engine(folder) as (engine, _):
        await engine.do(partial(write_job, new_job()))
        new = new_job()
        seconds = await together(int(count), lambda: engine.do(partial(write_job, new)))
    return {"seconds": seconds}


async def place_all(folder: Path, count: float) -> dict[str, float]:
    """Do the same and look where each job stands, as the answer to a submission says it."""
    async with _engine(folder) as (engine, store):
        new = new_job()

        async def place() -> None:
            written = await engine.do(partial(write_job, new))
            await store.read(partial(_position, written.job_id))

        return {"seconds": await together(int(count), place)}


async def claim_among(folder: Path, queued: float, claims: float) -> dict[str, Sequence[float]]:
    """Hand out one job after the other while many wait; milliseconds of each."""
    async with _engine(folder) as (engine, _):
        for _ in range(0, int(queued), 10_000):
            await engine.do(partial(_fill, min(int(queued), 10_000)))
        taken = []
        for _ in range(int(claims)):
            began = time.monotonic()
            await engine.do(_claim)
            taken.append((time.monotonic() - began) * 1000)
    return {"milliseconds": taken}


async def record_items(folder: Path, count: float) -> dict[str, Any]:
    """Write outcomes of all items of one job, and look at the job with all of them."""
    total = int(count)
    async with _engine(folder) as (engine, store):
        job = await enqueue_items(engine, new_job(), total)
        await engine.do(_claim)
        seconds = await _record(engine, job, total)
        looks = []
        for _ in range(READS):
            began = time.monotonic()
            seen = await store.read(lambda db: find(db, job))
            looks.append((time.monotonic() - began) * 1000)
        assert (seen.done, seen.pending) == (total, 0)
    return {"seconds": seconds, "milliseconds": looks}


# Private


@asynccontextmanager
async def _engine(folder: Path) -> AsyncIterator[tuple[Engine, Store]]:
    store = Store.open(folder / "meshvisor.db")
    engine = Engine(store, JobClock(SystemClock()))
    engine.serve(NoLanes())
    task = asyncio.create_task(engine.run())
    try:
        yield engine, store
    finally:
        task.cancel()
        await asyncio.wait((task,))
        await asyncio.to_thread(store.close)


def _position(job_id: int, db: sqlite3.Connection) -> tuple[Job, int | None]:
    job = find(db, job_id)
    return job, reading.position(db, job)


def _fill(count: int, db: sqlite3.Connection, transaction: Transaction) -> None:
    new = new_job()
    for _ in range(count):
        enqueue.enqueue(db, new, transaction.now)


def _claim(db: sqlite3.Connection, transaction: Transaction) -> None:
    groups = claims.groups(db, SPEC.lane, claims.limited_keys(db, transaction.now))
    chosen = claims.waiting(db, SPEC.lane, groups, 1, claims.Ageing(transaction.now, AGEING))
    (claimed,) = claims.claim(db, chosen, transaction.now)
    transaction.changed(claimed.job)


def _slice(
    job: int, keys: list[str], first: int, db: sqlite3.Connection, _transaction: Transaction
) -> None:
    enqueue.write_slice(db, job, keys, first)


def _open(job: int, new: NewJob, db: sqlite3.Connection, transaction: Transaction) -> None:
    enqueue.open_draft(db, job, new, transaction.now)
    transaction.changed(find(db, job))


async def _record(engine: Engine, job: int, total: int) -> float:
    """Write outcomes of all items of a job in its first run, and return the seconds."""
    places = asyncio.Semaphore(IN_FLIGHT)

    async def say(positions: range) -> None:
        results = tuple(ItemResult(position=position, state="done") for position in positions)
        message = ItemResults(job_id=job, run=1, results=results)
        await engine.do(message_handling.results(message))
        places.release()

    began = time.monotonic()
    async with asyncio.TaskGroup() as group:
        for first in range(0, total, RESULTS_AT_A_TIME):
            await places.acquire()
            group.create_task(say(range(first, min(first + RESULTS_AT_A_TIME, total))))
    return time.monotonic() - began
