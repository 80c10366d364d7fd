"""All bots join their rooms again, one after another.

Owns the order and the patience with each.  The connects themselves wait for their permits like
any other (`connections`).  Called by `rooms`.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from typing import Final

from meshvisor.features.fleet.supervisor.record import MeshRecord
from meshvisor.shared.model.mesh import MeshState
from meshvisor.shared.protocol.to_worker import RestartConnection

PATIENCE: Final = 10.0
"""Seconds for one bot to be back before the next one leaves its room: a room that has ended
meanwhile must not keep the others from their new session."""

log = logging.getLogger(__name__)


class Reconnects:
    """At most one round through all meshes."""

    def __init__(self, records: Mapping[str, MeshRecord]) -> None:
        self._records = records
        self._changed = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    @property
    def under_way(self) -> bool:
        """Whether a round has not ended yet."""
        return self._task is not None and not self._task.done()

    def start(self, last: str | None) -> int | None:
        """Begin a round; see `FleetRooms.reconnect_all`."""
        if self.under_way:
            return None
        meshes = [m for m, r in self._records.items() if r.state is MeshState.CONNECTED]
        meshes.sort(key=lambda mesh_id: mesh_id == last)
        self._task = asyncio.create_task(self._go_round(meshes), name="reconnects")
        return len(meshes)

    def wake(self) -> None:
        """Called after every change of any mesh."""
        self._changed.set()

    def stop(self) -> None:
        """End a round; idempotent."""
        if self._task is not None:
            self._task.cancel()

    async def _go_round(self, meshes: list[str]) -> None:
        back = 0
        for mesh_id in meshes:
            record = self._records.get(mesh_id)
            # One that has lost its room meanwhile joins with the newest credentials by itself.
            if record is not None and record.state is MeshState.CONNECTED:
                back += await self._reconnect(record)
        log.info(
            "%d of %d bots have joined again",
            back,
            len(meshes),
            extra={"event": "fleet.reconnected"},
        )

    async def _reconnect(self, record: MeshRecord) -> bool:
        process, joins = record.process, record.joins
        if process is None:
            return False
        process.send(RestartConnection(mesh_id=record.mesh_id))
        try:
            async with asyncio.timeout(PATIENCE):
                while record.joins == joins and record.process is process:
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError:
            log.warning(
                "has not joined again within %g s; the next one follows",
                PATIENCE,
                extra={"event": "mesh.slow", "mesh_id": record.mesh_id},
            )
        return record.joins > joins
