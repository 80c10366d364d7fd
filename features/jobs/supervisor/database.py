"""Access of the service to the database: with a supervisor and without."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Collection
from typing import Protocol, TypeVar

from meshvisor.features.jobs.supervisor.action_registry import ActionRegistry
from meshvisor.features.jobs.supervisor.ledger.job import Millis
from meshvisor.features.jobs.supervisor.transaction import Transaction

T = TypeVar("T")


class JobDatabase(Protocol):
    """The way to the database."""

    @property
    def actions(self) -> ActionRegistry:
        """What can be run."""
        ...

    @property
    def auto_resume_after(self) -> float:
        """Seconds; the setting."""
        ...

    @property
    def cleanup_after(self) -> float:
        """Seconds; the setting."""
        ...

    @property
    def ageing(self) -> int:
        """Milliseconds of waiting that count like one priority; the setting."""
        ...

    def now(self) -> Millis:
        """Return the present moment."""
        ...

    async def do(self, work: Callable[[sqlite3.Connection, Transaction], T]) -> T:
        """Do a task; see `engine.Engine.do`."""
        ...

    async def read(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Look something up; see `Store.read`."""
        ...

    async def meshes(self) -> Collection[str] | None:
        """Return the meshes there are; None: unknown."""
        ...

    def concurrency(self, lane: str) -> int:
        """Return how many jobs of a lane may run at the same time."""
        ...

    def lane_problem(self, lane: str) -> str | None:
        """Return why a lane has no runner; None: it has one, or needs none."""
        ...
