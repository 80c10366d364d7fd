"""Very many schedules: what they cost while nothing is due, and how late those are that are.

The timer, its database and the engine as the product composes them, without runners.  The clock is
the machine's, moved so that a full minute comes soon.
"""

from __future__ import annotations

import asyncio
import gc
import sqlite3
import time
from collections.abc import AsyncIterator, Callable, Collection, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, Final, TypeVar

import psutil

from benchmarks.job_programs.alone import NoLanes
from meshvisor.features.jobs.model.action import ActionSpec
from meshvisor.features.jobs.settings import JobSettings
from meshvisor.features.jobs.supervisor.action_registry import ActionRegistry
from meshvisor.features.jobs.supervisor.clock import JobClock
from meshvisor.features.jobs.supervisor.engine import Engine
from meshvisor.features.jobs.supervisor.ledger.job import Millis
from meshvisor.features.jobs.supervisor.service import JobService
from meshvisor.features.jobs.supervisor.transaction import Transaction
from meshvisor.features.schedules.model.cron import next_after
from meshvisor.features.schedules.supervisor import ledger, positions
from meshvisor.features.schedules.supervisor.book import Book
from meshvisor.features.schedules.supervisor.service import ScheduleService
from meshvisor.features.schedules.supervisor.timer import Timer
from meshvisor.shared.clock import Clock, SystemClock
from meshvisor.shared.settings.model import default_settings
from meshvisor.shared.store.store import Store
from meshvisor.supervisor.audit.log import AuditLog, local_actor

T = TypeVar("T")

SPEC: Final = ActionSpec("noop", lane="bench", retries=0)
ZONES: Final = ("UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata")
AT_ONCE: Final = 1_000
"""Schedules that are due in the same second."""
SPREAD: Final = 300
"""Schedules that are due in one minute, each at its own millisecond; more of them are due while
those of one moment are enqueued."""
AHEAD: Final = 3.0
"""Seconds before a full minute at which measuring begins."""
CHANGES: Final = 100
"""Schedules that are added by an operator, one after the other."""
COMPUTED: Final = 400
"""Schedules of which next times are computed; what they have read is kept."""
MINUTE: Final = 60.0


async def very_many(folder: Path, count: float, quiet: float) -> dict[str, Any]:
    """Make schedules, start anew, and measure; with none the memory alone is of interest."""
    async with _timer(folder, SystemClock()) as (timer, jobs, _):
        began = time.monotonic()
        await _fill(jobs, int(count))
        filled = time.monotonic() - began
        await timer.look()
    gc.collect()
    clock = _Moved()
    async with _timer(folder, clock) as (timer, jobs, service):
        began = time.monotonic()
        await timer.look()
        started = time.monotonic() - began
        gc.collect()
        found: dict[str, Any] = {
            "fill_seconds": filled,
            "start_seconds": started,
            "memory": _memory(),
        }
        if not count:
            return found
        running = asyncio.create_task(timer.run())
        found["idle_percent"] = await _idle(quiet)
        found["change_ms"] = await _changes(service)
        found["next_us"] = _next_times()
        found |= await _fires(clock, jobs, timer)
        running.cancel()
        await asyncio.wait((running,))
    return found


# Private


class _Moved:
    """Implements `Clock`: the machine's, that many seconds ahead."""

    def __init__(self) -> None:
        self.ahead = 0.0

    def monotonic(self) -> float:
        return time.monotonic()

    def wall(self) -> float:
        return time.time() + self.ahead


class _Calendar(JobClock):
    """A clock of jobs that goes along with every step of the machine's, however small."""

    def now(self) -> Millis:
        return Millis(round(self._clock.wall() * 1000))

    def step(self) -> int:
        return 0  # `now` goes along already


class _Database:
    """Implements `features.jobs.supervisor.database.JobDatabase` by an engine."""

    def __init__(self, engine: Engine, store: Store, clock: JobClock) -> None:
        self._engine = engine
        self._store = store
        self._clock = clock
        self.actions = ActionRegistry([SPEC])
        self.auto_resume_after = JobSettings().auto_resume_after
        self.cleanup_after = JobSettings().cleanup_after
        self.ageing = round(JobSettings().ageing * 1000)

    def now(self) -> Millis:
        return self._clock.now()

    async def do(self, work: Callable[[sqlite3.Connection, Transaction], T]) -> T:
        return await self._engine.do(work)

    async def read(self, work: Callable[[sqlite3.Connection], T]) -> T:
        return await self._store.read(work)

    async def meshes(self) -> Collection[str] | None:
        return ("m1",)

    def concurrency(self, lane: str) -> int:
        return 1

    def lane_problem(self, lane: str) -> str | None:
        return None


@asynccontextmanager
async def _timer(
    folder: Path, clock: Clock
) -> AsyncIterator[tuple[Timer, JobService, ScheduleService]]:
    store = Store.open(folder / "meshvisor.db")
    job_clock = _Calendar(clock)
    engine = Engine(store, job_clock)
    engine.serve(NoLanes())
    audit = AuditLog(store, clock)
    jobs = JobService(_Database(engine, store, job_clock), audit)
    timer = Timer(jobs, default_settings(), clock)
    service = ScheduleService(jobs, audit, clock, default_settings(), timer.changed)
    task = asyncio.create_task(engine.run())
    try:
        yield timer, jobs, service
    finally:
        task.cancel()
        await asyncio.wait((task,))
        await asyncio.to_thread(store.close)


def _definition(number: int) -> dict[str, Any]:
    """Return one of very many: at its own minute of a month, in one of some zones."""
    minute, hour, day = number % 60, number // 60 % 24, 1 + number // 1440 % 28
    zone = ZONES[number % len(ZONES)]
    cron = f"{minute} {hour} {day} * *"
    return {"cron": cron, "timezone": zone, "action": SPEC.name, "mesh": "m1"}


async def _fill(jobs: JobService, count: int) -> None:
    book = Book(default_settings())
    for first in range(0, count, 1_000):
        part = {f"s{n}": _definition(n) for n in range(first, min(first + 1_000, count))}
        await jobs.transact(partial(_write, book, part))


def _write(
    book: Book, part: dict[str, Any], db: sqlite3.Connection, transaction: Transaction
) -> None:
    for name, definition in part.items():
        ledger.save_definition(db, name, definition, "operator", transaction.now)
        positions.renew(db, book, name, transaction.now)


def _memory() -> int:
    """Return bytes that this process alone holds."""
    return int(psutil.Process().memory_full_info().uss)


async def _idle(seconds: float) -> float:
    """Return percents of a core while nothing is due, or next to nothing."""
    before = time.process_time()
    await asyncio.sleep(seconds)
    return (time.process_time() - before) / seconds * 100


async def _changes(service: ScheduleService) -> list[float]:
    taken = []
    for number in range(CHANGES):
        began = time.monotonic()
        await service.add({"name": f"new{number}", **_definition(number)}, local_actor(0))
        taken.append((time.monotonic() - began) * 1000)
    return taken


def _next_times() -> float:
    """Return microseconds for a next time, of expressions that were read before."""
    asked = [_definition(number * 97) for number in range(COMPUTED)]
    moment = round(time.time() * 1000)
    for one in asked:
        next_after(one["cron"], one["timezone"], moment)
    began = time.process_time()
    for one in asked:
        next_after(one["cron"], one["timezone"], moment)
    return (time.process_time() - began) / COMPUTED * 1e6


async def _fires(clock: _Moved, jobs: JobService, timer: Timer) -> dict[str, Any]:
    """Return how late those are that are due in the same moment, and then those of one minute of
    which each has a moment of its own.
    """
    together = await _fire(clock, jobs, timer, "once", AT_ONCE, jitter=0)
    apart = await _fire(clock, jobs, timer, "apart", SPREAD, jitter=MINUTE)
    return {"late_ms": apart, "together_ms": max(together)}


async def _fire(
    clock: _Moved, jobs: JobService, timer: Timer, name: str, count: int, jitter: float
) -> list[float]:
    """Have schedules fire at the next full minute; return how many milliseconds late each was.

    Raises:
        RuntimeError: one has not fired, or twice.
    """
    clock.ahead += MINUTE - AHEAD - clock.wall() % MINUTE
    planned = datetime.fromtimestamp(clock.wall() + AHEAD, UTC)
    cron = f"{planned.minute} {planned.hour} * * *"
    one = {"cron": cron, "action": SPEC.name, "mesh": "m1", "jitter": jitter}
    book = Book(default_settings())
    part = {f"{name}{number}": one for number in range(count)}
    await jobs.transact(partial(_write, book, part))
    timer.changed()
    await asyncio.sleep(AHEAD + jitter + 2)
    late = await jobs.read(partial(_late, book, sorted(part)))
    if len(late) != count:
        raise RuntimeError(f"{len(late)} of {count} have fired")
    return late


def _late(book: Book, names: Sequence[str], db: sqlite3.Connection) -> list[float]:
    found = []
    for name in names:
        entry = positions.entry_of(db, book, name)
        assert entry is not None
        assert entry.schedule is not None
        for planned, at in db.execute(
            "SELECT planned_at, at FROM schedule_fires WHERE schedule = ?", (name,)
        ):
            found.append(at - entry.schedule.due_at(planned))
    return found
