"""What bots hold back with, over the lives of workers and of supervisors.

A bot that was kicked stays away for a while, where that is what a kick means, and one whose network
wants only so many messages within an hour has sent some.  A restart must not make it forget either.

Owns the table `restraints`, and when it is written: within a second, all meshes in one transaction,
which is not flushed to the disk.  Does not own for how long a bot stays away (`reactions`) nor the
budget of an hour (`worker.mesh.pace`).
"""

from __future__ import annotations

import asyncio
import json
import logging
import sqlite3
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Final

import msgspec
from msgspec.structs import replace

from meshvisor.features.fleet.supervisor.locations import Location, location_of
from meshvisor.features.fleet.supervisor.providers.provider import DiscoveredMesh
from meshvisor.shared.clock import Clock
from meshvisor.shared.errors import MeshvisorError
from meshvisor.shared.protocol.fields import SentMinutes
from meshvisor.shared.store.queries import load_queries
from meshvisor.shared.store.store import Store
from meshvisor.supervisor.service_contract import QuietService, Stopping

log = logging.getLogger(__name__)

QUERIES: Final = load_queries(Path(__file__).with_name("restraints.sql"))

INTERVAL: Final = 1.0
"""Seconds within which what is new is written."""

KEPT: Final = 86_400.0
"""Seconds after which one is forgotten; it has long held no bot back."""


class Restraint(msgspec.Struct, frozen=True):
    """What the bot of one mesh holds back with."""

    location: Location
    kicks: int = 0
    """How often it was kicked soon after it had come."""
    away_until: float = 0.0
    """When it may come back, epoch seconds."""
    sent: SentMinutes = ()
    """How many messages it has sent in which minute."""


class Restraints:
    """Those of all meshes.

    Args:
        wall: epoch seconds.
    """

    def __init__(self, wall: Callable[[], float]) -> None:
        self._wall = wall
        self._held: dict[str, Restraint] = {}
        self._unwritten: dict[str, Restraint] = {}
        self.changed: Final = asyncio.Event()
        """Set while something is to be written."""

    def of(self, mesh: DiscoveredMesh) -> Restraint:
        """Return that of a mesh where it is now."""
        held, location = self._held.get(mesh.mesh_id), _location(mesh)
        return held if held is not None and held.location == location else Restraint(location)

    def away(self, mesh: DiscoveredMesh) -> tuple[int, float]:
        """Return how often its bot was kicked, and for how many seconds it still stays away."""
        held = self.of(mesh)
        return held.kicks, max(0.0, held.away_until - self._wall())

    def kicked(self, mesh: DiscoveredMesh, kicks: int, pause: float) -> None:
        """Take in that a bot was kicked, the how-manieth time, and stays away so many seconds."""
        self._put(mesh, replace(self.of(mesh), kicks=kicks, away_until=self._wall() + pause))

    def forgive(self, mesh: DiscoveredMesh) -> None:
        """Take in that an operator has the bot come back at once."""
        if self.of(mesh).kicks:
            self._put(mesh, replace(self.of(mesh), kicks=0, away_until=0.0))

    def sent(self, mesh: DiscoveredMesh, minutes: SentMinutes) -> None:
        """Take in what a bot has sent within the last hour."""
        self._put(mesh, replace(self.of(mesh), sent=minutes))

    # Called by what writes them

    def load(self, held: dict[str, Restraint]) -> None:
        """Learn what was written by an earlier supervisor; newer ones stay."""
        self._held = {**held, **self._held}

    def drain(self) -> dict[str, Restraint]:
        """Return what is to be written, which is nothing then."""
        drained, self._unwritten = self._unwritten, {}
        self.changed.clear()
        return drained

    def put_back(self, unwritten: dict[str, Restraint]) -> None:
        """Take back what could not be written; newer ones stay."""
        self._unwritten = {**unwritten, **self._unwritten}
        if self._unwritten:
            self.changed.set()

    # Private

    def _put(self, mesh: DiscoveredMesh, restraint: Restraint) -> None:
        self._held[mesh.mesh_id] = self._unwritten[mesh.mesh_id] = restraint
        self.changed.set()


class RestraintWriter(QuietService):
    """Writes them down, and learns them at the start.

    Args:
        restraints: of all meshes.
        store: the database; the caller closes it.
        clock: says which are old.
    """

    def __init__(self, restraints: Restraints, store: Store, clock: Clock) -> None:
        self._restraints = restraints
        self._store = store
        self._clock = clock
        self._is_failing = False

    async def start(self) -> None:
        """Learn what an earlier supervisor has kept.

        Raises:
            MeshvisorError: they cannot be read; a bot would go where it is not wanted yet.
        """
        before = round((self._clock.wall() - KEPT) * 1000)
        await self._store.write(partial(_forget, before))
        self._restraints.load(await self._store.read(_all))

    async def run(self) -> None:
        """Write what is new, for ever."""
        while True:
            await self._restraints.changed.wait()
            await asyncio.sleep(INTERVAL)
            await self._write()

    async def stop(self, stopping: Stopping) -> None:
        """Write the last ones."""
        await self._write()

    # Private

    async def _write(self) -> None:
        unwritten = self._restraints.drain()
        if not unwritten:
            return
        now = round(self._clock.wall() * 1000)
        try:
            await self._store.write(partial(_keep, unwritten, now), durable=False)
        except MeshvisorError as error:
            self._restraints.put_back(unwritten)
            self._note(error)
        except BaseException:
            self._restraints.put_back(unwritten)
            raise
        else:
            self._is_failing = False

    def _note(self, error: MeshvisorError) -> None:
        if not self._is_failing:
            self._is_failing = True
            log.warning(
                "what bots hold back with cannot be written, and is forgotten if the supervisor "
                "ends now: %s",
                error,
                extra={"event": "fleet.restraints_unwritten"},
            )


def _location(mesh: DiscoveredMesh) -> Location:
    # Another program on the same network owes the same.
    return location_of(mesh)._replace(owner="")


def _all(db: sqlite3.Connection) -> dict[str, Restraint]:
    found = {}
    for mesh_id, *location, kicks, away_until, sent in db.execute(QUERIES["all"]):
        minutes: SentMinutes = ()
        with suppress(ValueError, TypeError):
            minutes = tuple((int(minute), int(count)) for minute, count in json.loads(sent))
        found[mesh_id] = Restraint(Location(*location), kicks, away_until / 1000, minutes)
    return found


def _keep(unwritten: dict[str, Restraint], now: int, db: sqlite3.Connection) -> None:
    rows = (
        (
            mesh_id,
            *held.location[:4],
            held.kicks,
            round(held.away_until * 1000),
            json.dumps(held.sent),
            now,
        )
        for mesh_id, held in unwritten.items()
    )
    db.executemany(QUERIES["keep"], rows)


def _forget(before: int, db: sqlite3.Connection) -> None:
    db.execute(QUERIES["forget"], {"before": before})
