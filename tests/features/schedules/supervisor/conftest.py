"""A real database with jobs that are not run, and a timer whose clock tests move."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, Final

import pytest

from meshvisor.features.fleet.settings import StaticMesh
from meshvisor.features.jobs.model.action import ActionSpec
from meshvisor.features.jobs.supervisor.action_registry import ActionRegistry
from meshvisor.features.jobs.supervisor.ledger import housekeeping
from meshvisor.features.jobs.supervisor.offline import OfflineDatabase
from meshvisor.features.jobs.supervisor.service import JobService
from meshvisor.features.schedules.settings import ScheduleSettings, SchedulingSettings
from meshvisor.features.schedules.supervisor.service import ScheduleService
from meshvisor.features.schedules.supervisor.services import ENDS, SUBSCRIBER, Schedules, take_in
from meshvisor.features.schedules.supervisor.timer import Timer
from meshvisor.shared.events import cursors, log
from meshvisor.shared.events.event import Event
from meshvisor.shared.events.subscriptions import Batch, Work
from meshvisor.shared.settings.model import Settings, default_settings
from meshvisor.shared.settings.section import Section
from meshvisor.shared.store.store import Store
from meshvisor.supervisor.audit.log import AuditLog, local_actor
from tests.clock import ManualClock

ACTOR: Final = local_actor(0)


def entry(**changes: Any) -> ScheduleSettings:
    """Return an entry of the settings."""
    values = {"name": "s", "cron": "0 * * * *", "action": "refresh", "mesh": "lobby"}
    return ScheduleSettings.model_validate({**values, **changes})


def settings_with(*entries: Section, built_in: bool = False) -> Settings:
    """Return settings with these entries, and the built-in schedules or without them."""
    scheduling = SchedulingSettings(built_in=built_in)
    return default_settings().replaced(StaticMesh(id="lobby"), scheduling, *entries)


class Bench:
    """Schedules of a home; time stands still until it is moved."""

    def __init__(self, path: Path, *schedules: ScheduleSettings) -> None:
        self.clock = ManualClock()
        self.store = Store.open(path, clock=self.clock)
        kept = ActionRegistry([ActionSpec("refresh", lane="own", retries=2)]).kept()
        self.store.write_now(lambda db: housekeeping.keep_actions(db, kept))
        self.settings = settings_with(*schedules)
        self.loaded = asyncio.Event()
        """Whether plug-ins have said what they can do."""
        self.renew()

    def renew(self) -> None:
        """Make all but the database anew, as after a crash."""
        database = OfflineDatabase(self.store, self.settings, self.clock)
        audit = AuditLog(self.store, self.clock)
        self.jobs = JobService(database, audit)
        self.timer = Timer(self.jobs, self.settings, self.clock)
        self.service = ScheduleService(
            self.jobs, audit, self.clock, self.settings, self.timer.changed
        )
        self.keeper = Schedules(self.timer, self.service, self.loaded)

    def set(self, *schedules: ScheduleSettings) -> None:
        """Have other entries in the settings."""
        self.settings = settings_with(*schedules)
        self.service.configure(self.settings)
        self.timer.configure(self.settings)

    async def advance(self, seconds: float) -> None:
        """Let time pass at once, and the timer look."""
        self.clock.advance(seconds)
        await self.timer.look()

    async def pass_by(self, seconds: float) -> None:
        """Let time pass, and the timer look whenever it is due."""
        until = self.clock.wall() + seconds
        while (next_at := self.timer.next_at) is not None and next_at / 1000 <= until:
            await self.advance(next_at / 1000 - self.clock.wall())
        await self.advance(until - self.clock.wall())

    async def end(self, job_id: int, status: Any = "completed") -> None:
        """Have a job end, and what follows from it be done."""
        await self.jobs.mark([job_id], status, "by the test", ACTOR)
        await self.take_in()

    async def take_in(self) -> None:
        """Tell of the ends of jobs, as the event log does."""
        page = await self.store.read(_ends)
        await take_in(self.timer, Batch(page.events, partial(self._save, page.next)))
        await self.timer.look()

    async def _save(self, seq: int, work: Work | None) -> Any:
        assert work is not None

        def write(db: sqlite3.Connection) -> Any:
            value = work(db)
            cursors.save(db, SUBSCRIBER, seq, 0)
            return value

        return await self.store.write(write)

    async def runs(self, name: str = "s") -> list[tuple[str, str]]:
        """Return hours and minutes of planned times and what became of them, oldest first."""
        found = await self.service.history(name, None, 1000)
        return [(one.planned_at[11:16], one.status) for one in reversed(found.runs)]

    async def job_ids(self, name: str = "s") -> list[int]:
        """Return the jobs of a schedule, oldest first."""
        found = await self.service.history(name, None, 1000)
        return [one.job_id for one in reversed(found.runs) if one.job_id is not None]

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """Ask the database."""
        return self.store.read_now(lambda db: _fetch(db, query))

    def change(self, statement: str) -> None:
        """Change the database behind the supervisor's back."""
        self.store.write_now(lambda db: _fetch(db, statement))

    def events(self, kind: str) -> list[Event]:
        """Return the events of a kind."""
        wanted = log.Wanted((kind,))
        return self.store.read_now(lambda db: log.read(db, 0, 10_000, wanted)).events


def at(text: str) -> float:
    """Return epoch seconds of a time on the day on which clocks of tests begin."""
    return datetime.fromisoformat(f"2026-03-01T{text}").replace(tzinfo=UTC).timestamp()


MakeBench = Callable[..., Bench]


@pytest.fixture
def make(tmp_path: Path) -> Iterator[MakeBench]:
    """Return a function that makes a bench with schedules in its settings."""
    made: list[Bench] = []

    def make_bench(*schedules: ScheduleSettings) -> Bench:
        made.append(Bench(tmp_path / f"{len(made)}.db", *schedules))
        return made[-1]

    yield make_bench
    for bench in made:
        bench.store.close()


def _ends(db: sqlite3.Connection) -> log.Page:
    return log.read(db, cursors.find(db, SUBSCRIBER) or 0, 1000, ENDS)


def _fetch(db: sqlite3.Connection, query: str) -> list[tuple[Any, ...]]:
    return db.execute(query).fetchall()
