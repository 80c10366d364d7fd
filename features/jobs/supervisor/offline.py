"""Jobs without a supervisor, for the same requests as with one.

Owns what takes the place of the engine then, and that jobs which a supervisor was running when it
died are seen as interrupted.  Called by the command line, which holds the lock of the home
meanwhile, so that no supervisor starts in between.

A command that changes something first takes over what was left, as a start does.  One that only
looks sees the same and leaves it undone: the time for an answer to the question in the chat, which
only a supervisor can ask, shall not run because of a look.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Collection
from functools import partial
from typing import Any, NoReturn, TypeVar, cast

from meshvisor.features.access.supervisor.accounts import Accounts, Network
from meshvisor.features.access.supervisor.people import Realms
from meshvisor.features.fleet.settings import StaticMesh
from meshvisor.features.jobs.model.built_in import usual_concurrency
from meshvisor.features.jobs.settings import JobSettings, LaneSettings
from meshvisor.features.jobs.supervisor.action_registry import ActionRegistry
from meshvisor.features.jobs.supervisor.clock import JobClock
from meshvisor.features.jobs.supervisor.ledger import housekeeping
from meshvisor.features.jobs.supervisor.ledger.job import QUERIES, Millis
from meshvisor.features.jobs.supervisor.service import JobService
from meshvisor.features.jobs.supervisor.transaction import Transaction
from meshvisor.shared.clock import Clock
from meshvisor.shared.errors import MeshvisorError
from meshvisor.shared.settings.model import Settings
from meshvisor.shared.store.store import Store
from meshvisor.supervisor.control.offline import OfflineHome

T = TypeVar("T")


class OfflineDatabase:
    """Implements `database.JobDatabase` on a database that no other process uses."""

    def __init__(self, store: Store, settings: Settings, clock: Clock) -> None:
        self._store = store
        self._settings = settings
        self._clock = JobClock(clock)
        # What the plug-ins offered when a supervisor ran here last; they are not loaded now.
        self.actions = ActionRegistry.read(
            store.read_now(housekeeping.kept_actions), settings.of(JobSettings)
        )
        self.auto_resume_after = settings.of(JobSettings).auto_resume_after
        self.cleanup_after = settings.of(JobSettings).cleanup_after
        self.ageing = round(settings.of(JobSettings).ageing * 1000)
        self._is_recovered = False
        """Whether what was left is taken over for good."""

    def now(self) -> Millis:
        """Return the present moment."""
        return self._clock.now()

    async def do(self, work: Callable[[sqlite3.Connection, Transaction], T]) -> T:
        """Do a task."""
        now = self.now()

        def write(db: sqlite3.Connection) -> T:
            # Once only: drafts that are discarded then are those of others.
            if not self._is_recovered:
                self._recover(db, now)
            return work(db, Transaction(now))

        value = await self._store.write(write)
        self._is_recovered = True
        return value

    async def read(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Look something up."""
        if not self._is_recovered and await self._store.read(_has_left_jobs):
            try:
                await self._store.write(partial(self._look, work, self.now()), durable=False)
            except _Seen as seen:
                return cast("T", seen.value)
            except (MeshvisorError, sqlite3.Error):
                pass  # on a full disk, for example: then as it is there, or the error once more
        return await self._store.read(work)

    async def meshes(self) -> Collection[str] | None:
        """Return the meshes that were ever seen and those of the settings; None: unknown."""
        seen = await self._store.read(housekeeping.kept_meshes)
        return seen | {mesh.id for mesh in self._settings.each(StaticMesh)} or None

    def concurrency(self, lane: str) -> int:
        """Return how many jobs of a lane would run at the same time."""
        return next(
            (one.concurrency for one in self._settings.each(LaneSettings) if one.name == lane),
            usual_concurrency(lane),
        )

    def lane_problem(self, lane: str) -> str | None:
        """Return why nothing runs."""
        return "no supervisor runs; start one with 'meshvisor run'"

    # ---- Private -----------------------------------------------------------------------------

    def _recover(self, db: sqlite3.Connection, now: Millis) -> None:
        housekeeping.recover(db, Millis(now + round(self.auto_resume_after * 1000)), now)

    def _look(
        self, work: Callable[[sqlite3.Connection], Any], now: Millis, db: sqlite3.Connection
    ) -> NoReturn:
        self._recover(db, now)
        raise _Seen(work(db))


async def open_offline(opened: OfflineHome) -> None:
    """Provide them for requests; see `Feature.offline`."""
    settings = opened.settings
    database = OfflineDatabase(await opened.database.opened(), settings, opened.clock)
    opened.services.provide(JobService, JobService(database, opened.audit))
    opened.services.provide(Realms, Realms(Accounts(settings), partial(_network, settings)))


# Private


class _Seen(Exception):  # noqa: N818 - no error: it undoes what was written for a look
    def __init__(self, value: Any) -> None:
        super().__init__()
        self.value = value


def _network(settings: Settings, mesh_id: str) -> Network:
    # Whatever the settings do not list is a room that the platform does.
    listed = (mesh for mesh in settings.each(StaticMesh) if mesh.id == mesh_id)
    return next((Network(mesh.transport, mesh.account) for mesh in listed), Network())


def _has_left_jobs(db: sqlite3.Connection) -> bool:
    return db.execute(QUERIES["active"]).fetchone() is not None
