"""The meshes that an operator has stopped: over restarts, and while they are not listed.

Owns the table `stopped_meshes`.  It is in the database and not in a file of its own, because a
supervisor does not start with a database that it cannot read: neither damage nor a shortage starts
a bot that was stopped.  Does not own stopping (`features.fleet.supervisor.manager`, which changes
`ids`).  Called by the supervisor's API.
"""

from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path
from typing import Final

from meshvisor.shared.clock import Clock
from meshvisor.shared.errors import MeshvisorError
from meshvisor.shared.store.queries import load_queries
from meshvisor.shared.store.store import Store

QUERIES: Final = load_queries(Path(__file__).with_name("stopped.sql"))


class StoppedMeshes:
    """Those of one home.

    Args:
        store: the database; the caller closes it.
        clock: says when a mesh was stopped.
    """

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self.ids: Final[set[str]] = set()
        """Mesh ids; what is done to them holds at once, and over a restart after `keep`."""

    async def load(self) -> None:
        """Learn what an earlier supervisor has kept.

        Raises:
            MeshvisorError: they cannot be read; no mesh may be started then.
        """
        self.ids.update(await self._store.read(_stopped))

    async def keep(self, mesh_id: str) -> None:
        """Write down whether a mesh is stopped now; it is done even if the caller is cancelled.

        Raises:
            MeshvisorError: it cannot be written; it holds until the supervisor ends.
        """
        is_stopped = mesh_id in self.ids
        values = {"mesh_id": mesh_id, "stopped_at": round(self._clock.wall() * 1000)}
        query = QUERIES["keep" if is_stopped else "forget"]

        def write(db: sqlite3.Connection) -> None:
            db.execute(query, values)

        try:
            await asyncio.shield(self._store.write(write))
        except MeshvisorError as error:
            now, later = ("stopped", "start") if is_stopped else ("started", "stay stopped")
            raise MeshvisorError(
                f"{mesh_id} is {now}, but would {later} when meshvisor is started again, because "
                f"that cannot be written: {error}"
            ) from error


# Private


def _stopped(db: sqlite3.Connection) -> list[str]:
    return [mesh_id for (mesh_id,) in db.execute(QUERIES["stopped"])]
