"""The timer: notices that planned times have come, and has their fires written.

Owns when it looks, and which schedules it knows.  Does not own what is due (`model.schedule.plan`),
nor what is written (`ledger`).  Planned times are moments of the calendar, so it goes by the wall
clock: set forward, what was passed is late at the next look; set back, what has its fire waits
until the clock is where it was.
"""

from __future__ import annotations

import asyncio
import heapq
import logging
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from itertools import islice
from typing import Final

from meshvisor.features.jobs.messages.submission import Submission
from meshvisor.features.jobs.supervisor.ledger.job import Creator, NewJob
from meshvisor.features.jobs.supervisor.service import JobService
from meshvisor.features.jobs.supervisor.transaction import Transaction
from meshvisor.features.schedules.model.schedule import Schedule, plan
from meshvisor.features.schedules.settings import SchedulingSettings
from meshvisor.features.schedules.supervisor import ledger
from meshvisor.features.schedules.supervisor.book import Entry, entries, new_positions
from meshvisor.features.schedules.supervisor.ledger import ORIGIN, Position, Prepared
from meshvisor.shared.clock import Clock
from meshvisor.shared.errors import MeshvisorError, UsageError
from meshvisor.shared.settings.model import Settings

log = logging.getLogger(__name__)

LONGEST_SLEEP: Final = 5.0
"""Seconds between two looks at the wall clock: nobody tells that it was set, or that the machine
has slept."""

TRY_AGAIN: Final = 1.0
"""Seconds before what could not be written is tried again."""

AT_ONCE: Final = 200
"""Schedules in one transaction: some tens of milliseconds, which is what other changes of jobs then
wait."""

CLEANUP_INTERVAL: Final = 3_600_000
"""Milliseconds between two looks for fires that were kept long enough."""

DAY: Final = 86_400_000

RECALLED_DAYS: Final = 30
"""Days of planned times that are settled one by one where the history is kept for ever."""


class Timer:
    """All schedules of a supervisor."""

    def __init__(self, jobs: JobService, settings: Settings, clock: Clock) -> None:
        self._jobs = jobs
        self._settings = settings
        self._clock = clock
        self._schedules: dict[str, Schedule] = {}
        """Those that are enabled."""
        self._settled: dict[str, int] = {}
        self._heap: list[tuple[int, str]] = []
        """When there is something to do; an entry that is not in `_next` is outdated."""
        self._next: dict[str, int] = {}
        self._waiting: set[str] = set()
        """Schedules with fires that wait for a run to end."""
        self._ready: set[str] = set()
        """Those of them of which a run has ended."""
        self._is_outdated = True
        self._cleaned_at = 0
        self._lock = asyncio.Lock()
        self._asked = asyncio.Event()
        self.problem: str | None = None
        """Why nothing can be written at present, in one sentence; None: it can."""

    def configure(self, settings: Settings) -> None:
        """Take over new settings soon."""
        self._settings = settings
        self.reload()

    def reload(self) -> None:
        """Read again which schedules there are, soon."""
        self._is_outdated = True
        self._asked.set()

    def ended(self, names: Iterable[str]) -> None:
        """Take in that runs of schedules have ended."""
        self._ready.update(self._waiting.intersection(names))
        if self._ready:
            self._asked.set()

    async def run(self) -> None:
        """Look for ever, whenever there is something to do."""
        # What was known may be wrong after a failure.
        self._is_outdated = True
        while True:
            try:
                await self.look()
                self.problem = None
            except (MeshvisorError, sqlite3.Error) as error:
                if self.problem is None:
                    log.error(
                        "schedules wait, for nothing can be written: %s",
                        error,
                        extra={"event": "schedules.not_written"},
                    )
                self.problem = f"schedules wait: {error}"
                self._is_outdated = True
                await asyncio.sleep(TRY_AGAIN)
                continue
            await self._sleep()

    async def look(self) -> None:
        """Do all that is to be done at this moment.

        Raises:
            MeshvisorError: it could not be written; what was not is done at the next look.
        """
        async with self._lock:
            if self._is_outdated:
                await self._load()
            while due := list(islice(self._due(), AT_ONCE)):
                await self._settle(due)
            for name in list(self._ready):
                await self._release(name)
            await self._clean_up()

    @property
    def next_at(self) -> int | None:
        """When there is something to do, as far as is known; None: never."""
        while self._heap and self._next.get(self._heap[0][1]) != self._heap[0][0]:
            heapq.heappop(self._heap)
        return self._heap[0][0] if self._heap else None

    # ---- Private -----------------------------------------------------------------------------

    def _now(self) -> int:
        return round(self._clock.wall() * 1000)

    async def _sleep(self) -> None:
        next_at = self.next_at
        seconds = LONGEST_SLEEP
        if next_at is not None:
            seconds = min(seconds, max(0.0, (next_at - self._now()) / 1000))
        try:
            async with asyncio.timeout(seconds):
                await self._asked.wait()
        except TimeoutError:
            pass
        self._asked.clear()

    async def _load(self) -> None:
        self._is_outdated = False
        now = self._now()
        try:
            changes = await self._jobs.read(ledger.definitions)
            found = entries(self._settings, changes)
            wanted = [one.schedule for one in found.values() if one.schedule is not None]
            known = await self._jobs.read(ledger.positions)
            new = new_positions(wanted, known, now)
            # One that cannot be understood at present keeps its position.
            new = {name: one for name, one in new.items() if one is not None or name not in found}
            if new:
                await self._jobs.transact(partial(_set_positions, new))
            waiting = await self._jobs.read(ledger.waiting_schedules)
            enabled = {one.name: one for one in wanted if one.is_enabled}
            if gone := waiting - enabled.keys():
                await self._jobs.transact(partial(_abandon, gone, now))
        except BaseException:
            self._is_outdated = True
            raise
        self._report(found)
        settled = {**known, **new}
        self._schedules = enabled
        self._waiting = waiting & enabled.keys()
        self._settled = {
            name: one.settled_until for name, one in settled.items() if one is not None
        }
        self._next, self._heap = {}, []
        for name in self._schedules:
            self._plan_next(name)
        # Runs may have ended while nobody looked.
        self._ready = set(self._waiting)

    def _report(self, found: Mapping[str, Entry]) -> None:
        for entry in found.values():
            if entry.problem:
                log.error(
                    "the schedule %s does not run: %s",
                    entry.name,
                    entry.problem,
                    extra={"event": "schedules.wrong"},
                )

    def _plan_next(self, name: str, next_at: int | None = None) -> None:
        schedule = self._schedules[name]
        if next_at is None and (planned := schedule.next_after(self._settled[name])) is not None:
            next_at = schedule.due_at(planned)
        if next_at is None:
            self._next.pop(name, None)
        else:
            self._next[name] = next_at
            heapq.heappush(self._heap, (next_at, name))

    def _due(self) -> Iterable[str]:
        now = self._now()
        while (next_at := self.next_at) is not None and next_at <= now:
            _, name = heapq.heappop(self._heap)
            del self._next[name]
            yield name

    async def _settle(self, names: Sequence[str]) -> None:
        """Have the fires of schedules written whose times have come."""
        now = self._now()
        days = self._settings.of(SchedulingSettings).keep_history_days or RECALLED_DAYS
        oldest = now - round(days * DAY)
        try:
            prepared = [
                Prepared(
                    schedule := self._schedules[name],
                    plan(schedule, self._settled[name], now, oldest),
                    await self._job(schedule),
                )
                for name in names
            ]
            waiting = await self._jobs.transact(partial(_settle, prepared))
        except BaseException:
            self._is_outdated = True  # whether it was written, only the database knows
            raise
        self._waiting |= waiting
        for one in prepared:
            name = one.schedule.name
            self._settled[name] = one.plan.until
            if one.plan.next_at is not None:
                self._plan_next(name, one.plan.next_at)

    async def _release(self, name: str) -> None:
        """Have a fire that waits run, if nothing of its schedule does."""
        schedule = self._schedules.get(name)
        if schedule is not None:
            job = await self._job(schedule)
            work = partial(_release, schedule, job)
            if not await self._jobs.transact(work):
                self._waiting.discard(name)
        self._ready.discard(name)

    async def _job(self, schedule: Schedule) -> NewJob | str:
        return await job_of(self._jobs, schedule)

    async def _clean_up(self) -> None:
        now, days = self._now(), self._settings.of(SchedulingSettings).keep_history_days
        if not days or 0 <= now - self._cleaned_at < CLEANUP_INTERVAL:
            return
        self._cleaned_at = now
        before = now - round(days * DAY)
        while await self._jobs.transact(partial(_remove_outdated, before)) == ledger.MOST_REMOVED:
            pass


async def job_of(jobs: JobService, schedule: Schedule) -> NewJob | str:
    """Return the job that a schedule makes, or why it can make none."""
    creator = Creator(f"schedule:{schedule.name}", schedule.name, ORIGIN)
    submission = Submission(**schedule.submission)
    try:
        return await jobs.check(schedule.mesh_id, submission, creator)
    except UsageError as error:
        return str(error)


# Private


def _set_positions(
    found: Mapping[str, Position | None], db: sqlite3.Connection, _transaction: Transaction
) -> None:
    ledger.set_positions(db, found)


def _settle(
    prepared: Sequence[Prepared], db: sqlite3.Connection, transaction: Transaction
) -> set[str]:
    return {one.schedule.name for one in prepared if ledger.settle(db, transaction, one)}


def _release(
    schedule: Schedule, job: NewJob | str, db: sqlite3.Connection, transaction: Transaction
) -> bool:
    return ledger.release(db, transaction, schedule, job)


def _abandon(
    names: Iterable[str], now: int, db: sqlite3.Connection, _transaction: Transaction
) -> None:
    ledger.abandon(db, names, now)


def _remove_outdated(before: int, db: sqlite3.Connection, _transaction: Transaction) -> int:
    return ledger.remove_outdated(db, before)
