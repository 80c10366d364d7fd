"""The way to the database in a running supervisor: changes by the engine, looks by the readers."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Collection
from typing import TypeVar

from meshvisor.features.jobs.settings import JobSettings
from meshvisor.features.jobs.supervisor.action_registry import ActionRegistry
from meshvisor.features.jobs.supervisor.clock import JobClock
from meshvisor.features.jobs.supervisor.engine import Engine
from meshvisor.features.jobs.supervisor.lanes import LaneManager
from meshvisor.features.jobs.supervisor.ledger import housekeeping
from meshvisor.features.jobs.supervisor.ledger.holds import Holds
from meshvisor.features.jobs.supervisor.ledger.job import Job, Millis
from meshvisor.features.jobs.supervisor.transaction import Transaction
from meshvisor.shared.settings.model import Settings
from meshvisor.shared.store.store import Store

T = TypeVar("T")


class LiveDatabase:
    """Implements `database.JobDatabase`.

    Attributes:
        settings: the present ones; replaced on reload.
        seen: meshes that this supervisor has seen.
    """

    def __init__(
        self, engine: Engine, lanes: LaneManager, store: Store, clock: JobClock, settings: Settings
    ) -> None:
        self._engine = engine
        self._lanes = lanes
        self._store = store
        self._clock = clock
        self.settings = settings
        self.seen: frozenset[str] = frozenset()

    @property
    def actions(self) -> ActionRegistry:
        """What can be run."""
        return self._lanes.actions

    @property
    def auto_resume_after(self) -> float:
        """Seconds; the setting."""
        return self.settings.of(JobSettings).auto_resume_after

    @property
    def cleanup_after(self) -> float:
        """Seconds; the setting."""
        return self.settings.of(JobSettings).cleanup_after

    @property
    def ageing(self) -> int:
        """Milliseconds of waiting that count like one priority."""
        return round(self.settings.of(JobSettings).ageing * 1000)

    @property
    def problem(self) -> str | None:
        """Why nothing can be written at present; None: it can."""
        return self._engine.problem

    @property
    def holds(self) -> Holds:
        """What is on hold."""
        return self._lanes.holds

    def stuck(self) -> list[Job]:
        """Return jobs that run and get nowhere."""
        jobs = (running.job for running in self._lanes.all_running())
        return [job for job in jobs if job.stuck_since is not None]

    def now(self) -> Millis:
        """Return the present moment."""
        return self._clock.now()

    async def do(self, work: Callable[[sqlite3.Connection, Transaction], T]) -> T:
        """Do a task."""
        return await self._engine.do(work)

    async def read(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Look something up."""
        return await self._store.read(work)

    async def meshes(self) -> Collection[str] | None:
        """Return the meshes there are, or were; None: none was seen yet."""
        if self.seen:
            return self.seen
        # Discovery has not answered yet; what there was before is the best that is known.
        return await self._store.read(housekeeping.kept_meshes) or None

    def concurrency(self, lane: str) -> int:
        """Return how many jobs of a lane may run at the same time."""
        return self._lanes.concurrency(lane)

    def lane_problem(self, lane: str) -> str | None:
        """Return why a lane has no runner; None: it has one, or needs none."""
        return self._lanes.runners.problem(lane)
