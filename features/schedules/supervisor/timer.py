"""The timer: notices that planned times have come, and has their fires written.

Owns when it looks.  Does not own which schedules there are and when each is due: the database knows
(`positions`), and the timer only the moment of the first.  Does not own what is due then
(`model.schedule.plan`), nor what is written (`ledger`).  Planned times are moments of the calendar,
so it goes by the wall clock: set forward, what was passed is late at the next look; set back, what
has its fire waits until the clock is where it was.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Final

import msgspec

from meshvisor.features.jobs.messages.submission import Submission
from meshvisor.features.jobs.supervisor.ledger.job import Creator, NewJob
from meshvisor.features.jobs.supervisor.service import JobService
from meshvisor.features.jobs.supervisor.transaction import Transaction
from meshvisor.features.schedules.model.schedule import Schedule, plan, plan_after
from meshvisor.features.schedules.settings import SchedulingSettings
from meshvisor.features.schedules.supervisor import ledger, positions
from meshvisor.features.schedules.supervisor.book import Book
from meshvisor.features.schedules.supervisor.known import KnownSchedules
from meshvisor.features.schedules.supervisor.ledger import ORIGIN, Prepared
from meshvisor.features.schedules.supervisor.positions import Due, Overview
from meshvisor.features.schedules.wordings import WAIT
from meshvisor.shared.clock import Clock
from meshvisor.shared.errors import MeshvisorError, UsageError
from meshvisor.shared.settings.model import Settings

log = logging.getLogger(__name__)

LONGEST_SLEEP: Final = 5.0
"""Seconds between two looks at the wall clock: no signal says that it was set, or that the machine
has slept."""

TRY_AGAIN: Final = 1.0
"""Seconds before what could not be written is tried again."""

AT_ONCE: Final = 100
"""Schedules in one transaction: ten to twenty milliseconds, which is what others then wait that
have just come due, and other changes of jobs."""

RENEWED_AT_ONCE: Final = 100
"""Schedules that are looked at anew in one transaction: some tens of milliseconds, too."""

UPKEEP_INTERVAL: Final = 3_600_000
"""Milliseconds between two looks for fires that were kept long enough, and for zones with new
rules."""

MANY: Final = 1_000
"""Schedules of which an overview takes long enough that not each change is worth one."""

STEPPED: Final = 1_000
"""Milliseconds by which a clock that was set back is behind what it was."""

DAY: Final = 86_400_000

RECALLED_DAYS: Final = 30
"""Days of planned times that are settled one by one where the history is kept for ever."""


class Timer:
    """All schedules of a supervisor."""

    def __init__(self, jobs: JobService, settings: Settings, clock: Clock) -> None:
        self._jobs = jobs
        self._settings = settings
        self._clock = clock
        self._known = KnownSchedules(Book(settings))
        self._waiting: set[str] = set()
        """Schedules with fires that wait for a run to end."""
        self._ready: set[str] = set()
        """Those of them of which a run has ended."""
        self._overview = Overview((), {}, 0)
        self._is_overview_outdated = True
        self._looked_over_at = 0.0
        self._is_outdated = True
        """Whether the settings may have changed since they were compared with the database."""
        self._has_stale = False
        self._looked_at = 0
        self._kept_up_at = 0
        self._lock = asyncio.Lock()
        self._asked = asyncio.Event()
        self.next_at: int | None = None
        """When there is something to do, as of the last look; None: never."""
        self.problem: str | None = None
        """Why nothing can be written at present, in one sentence; None: it can."""

    def configure(self, settings: Settings) -> None:
        """Take over new settings soon."""
        self._settings = settings
        self._known = KnownSchedules(Book(settings))
        self._is_outdated = True
        self._asked.set()

    def changed(self) -> None:
        """See soon what was changed of schedules; it is written already."""
        self._is_overview_outdated = True
        self._asked.set()

    def ended(self, names: Iterable[str]) -> None:
        """Take in that runs of schedules have ended; others may be due by that."""
        if ended := set(names):
            self._ready.update(self._waiting & ended)
            self._asked.set()

    async def run(self) -> None:
        """Look for ever, whenever there is something to do."""
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
                self.problem = WAIT.said(why=error)
                await asyncio.sleep(TRY_AGAIN)
                continue
            await self._sleep()

    async def look(self) -> None:
        """Do all that is to be done at this moment.

        Raises:
            MeshvisorError: it could not be written; what was not is done at the next look.
        """
        async with self._lock:
            now = self._now()
            if self._is_outdated:
                await self._compare(now)
            elif now < self._looked_at - STEPPED:
                await self._renew(await self._jobs.read(lambda db: positions.ahead(db, now)))
            self._looked_at = now
            while await self._fire() or await self._renew_stale():
                pass
            for name in list(self._ready):
                await self._release(name)
            await self._keep_up()
            await self._look_over()
            self.next_at = await self._jobs.read(positions.next_at)

    def cannot_run(self) -> CannotRun:
        """Return which schedules cannot run at present, and why."""
        found = self._overview
        examples, count = dict(found.problems), found.wrong
        for action, mesh, schedules, first in found.actions:
            if why := self._jobs.cannot_run(action, mesh):
                examples[first] = why
                count += schedules
        return CannotRun(count, examples)

    # ---- Private -----------------------------------------------------------------------------

    def _now(self) -> int:
        return round(self._clock.wall() * 1000)

    async def _sleep(self) -> None:
        seconds = LONGEST_SLEEP
        if self.next_at is not None:
            seconds = min(seconds, max(0.0, (self.next_at - self._now()) / 1000))
        try:
            async with asyncio.timeout(seconds):
                await self._asked.wait()
        except TimeoutError:
            pass
        self._asked.clear()

    async def _compare(self, now: int) -> None:
        """See what has changed of the settings, or without a supervisor."""
        book = self._known.book
        await self._see_zones()
        await self._renew(await self._jobs.read(lambda db: positions.changed(db, book, now)))
        self._waiting = await self._jobs.read(ledger.waiting_schedules)
        # Runs may have ended since the last look.
        self._ready = set(self._waiting)
        self._has_stale = True
        self._is_outdated = self._known.book is not book
        self._is_overview_outdated = True

    async def _renew(self, names: Sequence[str]) -> None:
        """Have schedules looked at anew that have changed."""
        for first in range(0, len(names), RENEWED_AT_ONCE):
            part = names[first : first + RENEWED_AT_ONCE]
            await self._jobs.transact(partial(_renew, self._known.book, part, self._now()))
            self._is_overview_outdated = True

    async def _renew_stale(self) -> bool:
        """Look anew at some that are marked; say whether there were any."""
        if not self._has_stale:
            return False
        names = await self._jobs.read(lambda db: positions.stale(db, RENEWED_AT_ONCE))
        self._has_stale = bool(names)
        await self._renew(names)
        return self._has_stale

    async def _fire(self) -> bool:
        """Have the fires of schedules written whose times have come; say whether there were any."""
        now = self._now()
        found = await self._jobs.read(lambda db: positions.due(db, now, AT_ONCE))
        if not found:
            return False
        oldest = now - round(self._days * DAY)
        prepared, changed = [], []
        for one in found:
            schedule = self._known.of(one.name, one.definition)
            if schedule is None or schedule.timing != one.timing:
                changed.append(one.name)
            else:
                prepared.append(await self._prepared(schedule, one, now, oldest))
        if prepared:
            self._waiting |= await self._jobs.transact(partial(_settle, prepared))
        await self._renew(changed)
        return True

    async def _prepared(self, schedule: Schedule, found: Due, now: int, oldest: int) -> Prepared:
        since = found.settled_until
        job = await job_of(self._jobs, schedule)
        if schedule.after:
            return Prepared(schedule, since, plan_after(schedule, found.next_at), job)
        return Prepared(schedule, since, plan(schedule, since, now, oldest), job)

    async def _release(self, name: str) -> None:
        """Have a fire that waits run, if nothing of its schedule does."""
        book = self._known.book
        entry = await self._jobs.read(lambda db: positions.entry_of(db, book, name))
        if entry is not None and entry.schedule is not None and entry.schedule.is_enabled:
            job = await job_of(self._jobs, entry.schedule)
            if not await self._jobs.transact(partial(_release, entry.schedule, job)):
                self._waiting.discard(name)
        self._ready.discard(name)

    @property
    def _days(self) -> float:
        return self._settings.of(SchedulingSettings).keep_history_days or RECALLED_DAYS

    async def _keep_up(self) -> None:
        """Remove old fires, and see new rules of zones, once in a while."""
        now = self._now()
        if 0 <= now - self._kept_up_at < UPKEEP_INTERVAL:
            return
        self._kept_up_at = now
        await self._see_zones()
        if self._settings.of(SchedulingSettings).keep_history_days:
            await remove_outdated(self._jobs, now - round(self._days * DAY))

    async def _see_zones(self) -> None:
        book = self._known.book
        zones = await self._jobs.read(lambda db: positions.changed_zones(db, book))
        if zones:
            await self._jobs.transact(partial(_mark_zones, book, zones))
            self._has_stale = True
            self._asked.set()

    async def _look_over(self) -> None:
        """See how it stands with all schedules, if something has changed; of many not each time."""
        if not self._is_overview_outdated:
            return
        at = self._clock.monotonic()
        count = sum(schedules for _, _, schedules, _ in self._overview.actions)
        if count >= MANY and at - self._looked_over_at < LONGEST_SLEEP:
            return
        self._looked_over_at = at
        self._is_overview_outdated = False
        before = self._overview.problems
        self._overview = await self._jobs.read(positions.overview)
        for name, problem in self._overview.problems.items():
            if before.get(name) != problem:
                log.error(
                    "the schedule %s does not run: %s",
                    name,
                    problem,
                    extra={"event": "schedules.wrong"},
                )


class CannotRun(msgspec.Struct, frozen=True):
    """Schedules that cannot run."""

    count: int
    examples: Mapping[str, str]
    """Some of them, and why."""


async def job_of(jobs: JobService, schedule: Schedule, *, dry_run: bool = False) -> NewJob | str:
    """Return the job that a schedule makes, or why it can make none."""
    creator = Creator(f"schedule:{schedule.name}", schedule.name, ORIGIN)
    submission = Submission(**schedule.submission, dry_run=dry_run)
    try:
        return await jobs.check(schedule.mesh_id, submission, creator)
    except UsageError as error:
        return str(error)


async def remove_outdated(jobs: JobService, before: int, name: str | None = None) -> int:
    """Remove fires that were kept long enough, of one schedule or of all; return how many."""
    count = 0
    while removed := await jobs.transact(partial(_remove_outdated, before, name)):
        count += removed
    return count


# Private


def _renew(
    book: Book, names: Iterable[str], now: int, db: sqlite3.Connection, _transaction: Transaction
) -> None:
    for name in names:
        positions.renew(db, book, name, now)


def _mark_zones(
    book: Book, zones: Sequence[str], db: sqlite3.Connection, _transaction: Transaction
) -> None:
    positions.mark_zones(db, book, zones)


def _settle(
    prepared: Sequence[Prepared], db: sqlite3.Connection, transaction: Transaction
) -> set[str]:
    return {one.schedule.name for one in prepared if ledger.settle(db, transaction, one)}


def _release(
    schedule: Schedule, job: NewJob | str, db: sqlite3.Connection, transaction: Transaction
) -> bool:
    return ledger.release(db, transaction, schedule, job)


def _remove_outdated(
    before: int, name: str | None, db: sqlite3.Connection, _transaction: Transaction
) -> int:
    return ledger.remove_outdated(db, before, name)
