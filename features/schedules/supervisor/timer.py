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
from dataclasses import dataclass
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
from meshvisor.features.schedules.supervisor.book import entries, new_positions
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
        self._wrong: Mapping[str, str] = {}
        """Schedules that cannot be understood, and why."""
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

    def cannot_run(self) -> Mapping[str, str]:
        """Return the schedules that cannot run at present, and why."""
        missing = {
            name: why
            for name, schedule in self._schedules.items()
            if (why := self._jobs.cannot_run(schedule.action, schedule.mesh_id))
        }
        return {**self._wrong, **missing}

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
            # In a reader's thread: very many schedules take seconds, and the loop must not.
            loaded = await self._jobs.read(partial(_loaded, self._settings, now))
            if loaded.new:
                await self._jobs.transact(partial(_set_positions, loaded.new))
            if gone := loaded.waiting - loaded.schedules.keys():
                await self._jobs.transact(partial(_abandon, gone, now))
        except BaseException:
            self._is_outdated = True
            raise
        self._report(loaded.wrong)
        self._schedules, self._settled = loaded.schedules, loaded.settled
        self._waiting = loaded.waiting & loaded.schedules.keys()
        self._next = loaded.next
        self._heap = [(next_at, name) for name, next_at in loaded.next.items()]
        heapq.heapify(self._heap)
        # Runs may have ended while nobody looked.
        self._ready = set(self._waiting)

    def _report(self, wrong: Mapping[str, str]) -> None:
        for name, problem in wrong.items():
            if self._wrong.get(name) != problem:
                log.error(
                    "the schedule %s does not run: %s",
                    name,
                    problem,
                    extra={"event": "schedules.wrong"},
                )
        self._wrong = wrong

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
                self._next[name] = one.plan.next_at
                heapq.heappush(self._heap, (one.plan.next_at, name))

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


async def job_of(jobs: JobService, schedule: Schedule, *, dry_run: bool = False) -> NewJob | str:
    """Return the job that a schedule makes, or why it can make none."""
    creator = Creator(f"schedule:{schedule.name}", schedule.name, ORIGIN)
    submission = Submission(**schedule.submission, dry_run=dry_run)
    try:
        return await jobs.check(schedule.mesh_id, submission, creator)
    except UsageError as error:
        return str(error)


# Private


@dataclass(frozen=True, slots=True)
class _Loaded:
    """All that a timer knows, as the settings and the database have it."""

    schedules: dict[str, Schedule]
    """Those that are enabled."""
    settled: dict[str, int]
    next: dict[str, int]
    """When there is something to do with each; one for which there never is is missing."""
    new: Mapping[str, Position | None]
    """Positions that have to be written."""
    waiting: set[str]
    wrong: Mapping[str, str]


def _loaded(settings: Settings, now: int, db: sqlite3.Connection) -> _Loaded:
    found = entries(settings, ledger.definitions(db))
    wanted = [one.schedule for one in found.values() if one.schedule is not None]
    known = ledger.positions(db)
    new = new_positions(wanted, known, now)
    # One that cannot be understood at present keeps its position.
    new = {name: one for name, one in new.items() if one is not None or name not in found}
    positions = {**known, **new}
    settled = {name: one.settled_until for name, one in positions.items() if one is not None}
    schedules = {one.name: one for one in wanted if one.is_enabled}
    upcoming = {}
    for name, schedule in schedules.items():
        if (planned := schedule.next_after(settled[name])) is not None:
            upcoming[name] = schedule.due_at(planned)
    wrong = {one.name: one.problem for one in found.values() if one.problem}
    return _Loaded(schedules, settled, upcoming, new, ledger.waiting_schedules(db), wrong)


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
