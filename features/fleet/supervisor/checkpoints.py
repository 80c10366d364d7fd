"""How far the bots have heard, over the lives of workers and of supervisors.

Owns the table `checkpoints` and when it is written: what nothing depends on within a second and in
one transaction for all meshes, what a bot is about to act on at once, before the bot is notified
that it may (docs/decisions/0033).  Does not own when a bot tells one (`worker.mesh.checkpoints`)
nor when it is handed out (`connections`).

Nothing of it waits for the disk: a transaction survives the end of every process from its commit
on.  A power cut may lose the last seconds, and then messages of these are acted on once more.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Final, NamedTuple

from meshvisor.features.fleet.supervisor.locations import Location, location_of
from meshvisor.features.fleet.supervisor.providers.provider import DiscoveredMesh
from meshvisor.shared.clock import Clock
from meshvisor.shared.errors import MeshvisorError
from meshvisor.shared.store.queries import load_queries
from meshvisor.shared.store.store import Store
from meshvisor.supervisor.service_contract import QuietService, Stopping

log = logging.getLogger(__name__)

QUERIES: Final = load_queries(Path(__file__).with_name("checkpoints.sql"))

INTERVAL: Final = 1.0
"""Seconds within which a checkpoint is written that nothing depends on."""

CLEANING: Final = 86_400.0
"""Seconds between two looks for meshes that there are no more."""

KEPT: Final = 30 * 86_400.0
"""Seconds for which the checkpoint of a mesh that is gone is kept: networks remember for days."""


class Kept(NamedTuple):
    """One checkpoint."""

    location: Location
    token: str


class Checkpoints:
    """The newest checkpoint of every mesh, and which of them are to be written."""

    def __init__(self) -> None:
        self._kept: dict[str, Kept] = {}
        self._unwritten: dict[str, Kept] = {}
        self._callers: list[Callable[[], None]] = []
        self.changed: Final = asyncio.Event()
        """Set while something is to be written."""
        self.urgent: Final = asyncio.Event()
        """Set while a caller waits for that."""

    def of(self, mesh: DiscoveredMesh) -> str | None:
        """Return where the next stay in a mesh begins; None: nowhere in particular."""
        kept = self._kept.get(mesh.mesh_id)
        return kept.token if kept is not None and kept.location == location_of(mesh) else None

    def take(self, mesh: DiscoveredMesh, token: str) -> None:
        """Take over a newer one; it is written soon."""
        kept = Kept(location_of(mesh), token)
        if self._kept.get(mesh.mesh_id) != kept:
            self._kept[mesh.mesh_id] = self._unwritten[mesh.mesh_id] = kept
            self.changed.set()

    def take_now(self, mesh: DiscoveredMesh, token: str, then: Callable[[], None]) -> None:
        """Take over a newer one that a bot is about to act on.

        Args:
            mesh: whose it is.
            token: see `Checkpoint`.
            then: called when it is written, or when it turns out that it cannot be.
        """
        self.take(mesh, token)
        self._callers.append(then)
        self.urgent.set()
        self.changed.set()

    # Called by what writes them

    def load(self, kept: Iterable[tuple[str, Kept]]) -> None:
        """Learn what was written by an earlier supervisor; newer ones stay."""
        self._kept = {**dict(kept), **self._kept}

    def drain(self) -> tuple[dict[str, Kept], list[Callable[[], None]]]:
        """Return what is to be written and whom to notify, and forget both."""
        drained = self._unwritten, self._callers
        self._unwritten, self._callers = {}, []
        self.changed.clear()
        self.urgent.clear()
        return drained

    def put_back(self, unwritten: dict[str, Kept], callers: list[Callable[[], None]]) -> None:
        """Take back what could not be written; newer ones stay."""
        # Not what was forgotten meanwhile.
        unwritten = {mesh_id: kept for mesh_id, kept in unwritten.items() if mesh_id in self._kept}
        self._unwritten = {**unwritten, **self._unwritten}
        self._callers = [*callers, *self._callers]
        if self._unwritten or self._callers:
            self.changed.set()
        if self._callers:
            self.urgent.set()

    def forget(self, mesh_ids: Iterable[str]) -> None:
        """Forget those of some meshes."""
        for mesh_id in mesh_ids:
            self._kept.pop(mesh_id, None)
            self._unwritten.pop(mesh_id, None)


class CheckpointWriter(QuietService):
    """Writes them down, and learns them at the start.

    Args:
        checkpoints: of all meshes.
        store: the database; the caller closes it.
        clock: says when a mesh was last known.
        known: returns the ids of all meshes that there are.
    """

    def __init__(
        self,
        checkpoints: Checkpoints,
        store: Store,
        clock: Clock,
        known: Callable[[], Iterable[str]],
    ) -> None:
        self._checkpoints = checkpoints
        self._store = store
        self._clock = clock
        self._known = known
        self._is_failing = False

    async def start(self) -> None:
        """Learn what an earlier supervisor has kept.

        Raises:
            MeshvisorError: they cannot be read; no mesh may be started then, or it would act twice.
        """
        self._checkpoints.load(await self._store.read(_all))

    async def run(self) -> None:
        """Write what is new, for ever."""
        checkpoints = self._checkpoints
        clean_at = self._clock.monotonic() + CLEANING
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(CLEANING):
                    await checkpoints.changed.wait()
            with suppress(TimeoutError):
                async with asyncio.timeout(INTERVAL):
                    await checkpoints.urgent.wait()
            await self._write()
            if self._clock.monotonic() >= clean_at:
                clean_at += CLEANING
                await self.clean()

    async def stop(self, stopping: Stopping) -> None:
        """Write the last ones."""
        await self._write()

    async def clean(self) -> None:
        """Forget the checkpoints of meshes that have not been known for long.

        Raises:
            MeshvisorError: that cannot be written.
        """
        gone = await self._store.write(partial(_clean, list(self._known()), self._clock.wall()))
        self._checkpoints.forget(gone)

    async def forget_now(self, mesh_id: str) -> None:
        """Forget how far the bot of a mesh has heard; done even if the caller is cancelled.

        Raises:
            MeshvisorError: it cannot be written; it is forgotten until the supervisor ends.
        """
        # First: what waits to be written would be written behind it.
        self._checkpoints.forget([mesh_id])
        await asyncio.shield(self._store.write(partial(_drop, mesh_id)))

    # Private

    async def _write(self) -> None:
        unwritten, callers = self._checkpoints.drain()
        now = round(self._clock.wall() * 1000)
        try:
            if unwritten:
                await self._store.write(partial(_keep, unwritten, now), durable=False)
        except MeshvisorError as error:
            # A bot that answers is worth more than one that cannot answer twice.
            self._checkpoints.put_back(unwritten, [])
            self._note(error)
        except BaseException:
            self._checkpoints.put_back(unwritten, callers)
            raise
        else:
            self._is_failing = False
        for tell in callers:
            tell()

    def _note(self, error: MeshvisorError) -> None:
        if not self._is_failing:
            self._is_failing = True
            log.warning(
                "how far bots have heard cannot be written, so that one may answer twice if the "
                "supervisor is killed now: %s",
                error,
                extra={"event": "fleet.checkpoints_unwritten"},
            )


def _all(db: sqlite3.Connection) -> list[tuple[str, Kept]]:
    return [
        (mesh_id, Kept(Location(*location), token))
        for mesh_id, *location, token in db.execute(QUERIES["all"])
    ]


def _keep(unwritten: dict[str, Kept], now: int, db: sqlite3.Connection) -> None:
    rows = ((mesh_id, *kept.location, kept.token, now) for mesh_id, kept in unwritten.items())
    db.executemany(QUERIES["keep"], rows)


def _drop(mesh_id: str, db: sqlite3.Connection) -> None:
    db.execute(QUERIES["drop"], {"mesh_id": mesh_id})


def _clean(known: list[str], wall: float, db: sqlite3.Connection) -> list[str]:
    now = round(wall * 1000)
    db.executemany(QUERIES["touch"], ({"now": now, "mesh_id": one} for one in known))
    gone = db.execute(QUERIES["forget"], {"before": now - round(KEPT * 1000)})
    return [mesh_id for (mesh_id,) in gone]
