"""The engine with a real runner: from a call to the end of what a plug-in does for it."""

from __future__ import annotations

import asyncio
import random
import sqlite3
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, Final

from benchmarks.job_programs.alone import CALLERS, new_job, together
from benchmarks.job_programs.job_actions import START, read_notes
from benchmarks.job_programs.product import product
from meshvisor.features.jobs.supervisor.ledger.job import find
from meshvisor.supervisor.audit.log import Actor

ITEMS_EACH: Final = 8
"""Items for each preemption: some are done before the urgent job comes, one while it waits."""
LONGEST_PAUSE: Final = 0.003
"""Seconds at most between two urgent jobs, at random: they come at any moment of an item."""
SETTLE: Final = 2.0
"""Seconds before a supervisor counts as idle."""


async def run_all(folder: Path, count: float, slots: float) -> dict[str, float]:
    """Enqueue jobs that do nothing, and wait until each has ended and is in its history."""
    jobs = int(count)
    async with product(folder, int(slots)) as made:
        began = time.monotonic()
        await together(jobs, lambda: made.submit(new_job()), min(CALLERS, jobs))
        await made.watched.until_ended(jobs)
        seconds = time.monotonic() - began
        entries = await made.store.read(_count_entries)
    # One of them has started the runner.
    assert entries == 3 * (jobs + 1), f"{entries} events of jobs"
    return {"seconds": seconds}


async def walk(folder: Path, count: float) -> dict[str, float]:
    """Let a real runner go through the items of one big job."""
    async with product(folder, 1) as made:
        job = await made.submit_items(new_job("walk"), int(count))
        began = time.monotonic()
        await made.watched.until_ended(1)
        seconds = time.monotonic() - began
        seen = await made.store.read(lambda db: find(db, job))
    assert seen.done == int(count)
    return {"seconds": seconds}


async def idle(
    folder: Path, _count: float, _slots: float, *pauses: float
) -> dict[str, list[float]]:
    """Enqueue a job now and then; milliseconds to the start of its handler."""
    began = []
    async with product(folder, 1) as made:
        for number, pause in enumerate(pauses, 1):
            await asyncio.sleep(pause)
            began.append(time.monotonic_ns())
            await made.submit(new_job("urgent", 1))
            await made.watched.until_ended(number)
    starts = [at for _, _, at in read_notes(folder)]
    return {"latencies_ms": [(start - at) / 1e6 for start, at in zip(starts, began, strict=True)]}


async def queries(folder: Path, seconds: float) -> dict[str, float]:
    """Count what is asked of the database while nothing happens; per minute."""
    statements: list[str] = []
    _trace_all(statements.append)
    async with product(folder, 1):
        await asyncio.sleep(SETTLE)
        statements.clear()
        await asyncio.sleep(seconds)
        counted = len(statements)
    return {"per_minute": counted * 60 / seconds}


async def preempt(folder: Path, count: float) -> dict[str, Any]:
    """Let urgent jobs in again and again; see what it takes, and that no item suffers from it."""
    wanted, submitted = int(count), []
    async with product(folder, 1) as made:
        job = await made.submit_items(new_job("patient"), wanted * ITEMS_EACH)
        for number in range(1, wanted + 1):
            await made.watched.until_claimed(job, number)
            await asyncio.sleep(random.random() * LONGEST_PAUSE)
            submitted.append(time.monotonic_ns())
            await made.submit(new_job("urgent", 1))
            await made.watched.until_ended(number)
        await made.jobs.service.cancel([job], Actor("operator", "command line"))
        await made.watched.until_ended(wanted + 1)
        done = await made.store.read(lambda db: _done_items(db, job))
        preempted = await made.store.read(lambda db: _preemptions(db, job))
    notes = list(read_notes(folder))
    handled = Counter(position for _, position, _ in notes if position != START)
    return {
        "latencies_ms": waits(notes, submitted),
        # Done twice; done without being noted as done, or noted as done without being done.
        "wrong": sum(one > 1 for one in handled.values()) + len(done ^ handled.keys()),
        "preempted": preempted,
        "items": len(done),
    }


def waits(notes: Iterable[tuple[int, int, int]], submitted: Sequence[int]) -> list[float]:
    """Return the milliseconds that each urgent job waited beyond the end of the item before it.

    Args:
        notes: job, position or `START`, and moment, in their order.
        submitted: when each urgent job was; counts instead where no item had to be waited for.
    """
    found: list[float] = []
    item_ended = 0
    for _, position, at in notes:
        if position != START:
            item_ended = at
        else:
            found.append((at - max(item_ended, submitted[len(found)])) / 1e6)
    return found


# Private


def _count_entries(db: sqlite3.Connection) -> int:
    return int(db.execute("SELECT count(*) FROM events WHERE kind LIKE 'job.%'").fetchone()[0])


def _done_items(db: sqlite3.Connection, job: int) -> set[int]:
    query = "SELECT position FROM job_items WHERE job_id = ? AND state <> 'pending'"
    return {position for (position,) in db.execute(query, (job,))}


def _preemptions(db: sqlite3.Connection, job: int) -> int:
    query = "SELECT count(*) FROM job_history WHERE job_id = ? AND reason = 'preempted'"
    return int(db.execute(query, (job,)).fetchone()[0])


def _trace_all(seen: Callable[[str], None]) -> None:
    """Report each statement on each connection that is opened from now on."""
    connect = sqlite3.connect

    def traced(*args: Any, **options: Any) -> sqlite3.Connection:
        connection: sqlite3.Connection = connect(*args, **options)
        connection.set_trace_callback(seen)
        return connection

    sqlite3.connect = traced  # type: ignore[assignment]
