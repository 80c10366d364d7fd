"""The fleet in the hands of an operator: looked at, polled, started and stopped mesh by mesh.

Owns the answers, and that what an operator decides about a mesh holds over a restart.  Does not own
the fleet (`manager`), whether workers answer (`monitor`), nor what answers look like (`reports`).
Called by the requests of the control socket.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import TYPE_CHECKING

import msgspec

from meshvisor.features.blocklist.supervisor.blocklist import Blocklist
from meshvisor.features.fleet.supervisor import reports
from meshvisor.features.fleet.supervisor.checkpoints import CheckpointWriter
from meshvisor.features.fleet.supervisor.discovery import Discovery
from meshvisor.features.fleet.supervisor.manager import FleetManager
from meshvisor.features.fleet.supervisor.monitor import Monitor
from meshvisor.features.fleet.supervisor.stopped import StoppedMeshes
from meshvisor.shared.clock import Clock
from meshvisor.shared.control.unknown_mesh import unknown_mesh
from meshvisor.shared.errors import MeshvisorError
from meshvisor.shared.late import late
from meshvisor.shared.model.mesh import MeshState
from meshvisor.supervisor.life import Life

if TYPE_CHECKING:
    from meshvisor.features.fleet import results
else:
    results = late("meshvisor.features.fleet.results")


class OperationsParts(msgspec.Struct, frozen=True):
    """Those who know."""

    fleet: FleetManager
    stopped: StoppedMeshes
    monitor: Monitor
    blocklist: Blocklist
    discovery: Discovery
    checkpoints: CheckpointWriter
    life: Life
    clock: Clock


class FleetOperations:
    """Implements `supervisor.life.KnownMeshes`."""

    def __init__(self, parts: OperationsParts) -> None:
        self._parts = parts

    # ---- Looking -----------------------------------------------------------------------------

    def mesh_ids(self) -> Sequence[str]:
        """Return the ids of all meshes that the fleet knows, in its order."""
        return list(self._parts.fleet.records)

    def __contains__(self, mesh_id: object) -> bool:
        return mesh_id in self._parts.fleet.records

    def meshes(self) -> tuple[results.MeshStatus, ...]:
        """Return the last known state of every mesh, without asking a worker."""
        now = self._parts.clock.monotonic()
        records = self._parts.fleet.records.values()
        blocks = reports.blocks(records, self._parts.blocklist, self._parts.clock.wall())
        return tuple(
            reports.mesh_status(record, now, blocks.get(record.mesh_id)) for record in records
        )

    def wanted(self) -> Sequence[results.WantedMesh]:
        """Return every mesh that discovery wants or that still has a process."""
        return [reports.wanted_mesh(record) for record in self._parts.fleet.records.values()]

    def health(self) -> results.HealthStats:
        """Return sums over all workers, without asking a worker."""
        return reports.health_stats(
            self._parts.fleet.records.values(), self._parts.clock.monotonic()
        )

    def process_health(self, mesh_id: str) -> results.ProcessHealth:
        """Return the health of the process of one mesh.

        Raises:
            UsageError: there is no such mesh.
        """
        record = self._parts.fleet.records.get(mesh_id)
        if record is None:
            raise unknown_mesh(mesh_id, self.mesh_ids())
        process = record.process
        age = self._parts.monitor.heartbeat_age(process) if process is not None else None
        blocks = reports.blocks([record], self._parts.blocklist, self._parts.clock.wall())
        now = self._parts.clock.monotonic()
        return reports.process_health(record, now, age, blocks.get(mesh_id))

    def history(self, mesh_id: str) -> results.MeshHistory:
        """Return what the figures of one mesh were lately.

        Raises:
            UsageError: there is no such mesh.
        """
        if mesh_id not in self:
            raise unknown_mesh(mesh_id, self.mesh_ids())
        monitor = self._parts.monitor
        return results.MeshHistory(
            mesh_id=mesh_id,
            interval_seconds=monitor.interval,
            samples=monitor.figures.of(mesh_id),
        )

    async def poll(self) -> results.PollReport:
        """Ask every worker now; ends when all have answered or a deadline has passed."""
        asked = self._parts.fleet.processes()
        before = self._parts.clock.monotonic()
        await self._parts.monitor.poll()
        duration = self._parts.clock.monotonic() - before
        silent = [p.mesh_id for p in asked if p.last_status is None or p.last_status_at < before]
        return results.PollReport(
            answers=len(asked) - len(silent),
            total=len(asked),
            duration_ms=round(duration * 1000, 3),
            unanswered=tuple(silent),
            meshes=self.meshes(),
        )

    async def discover(self) -> results.DiscoveryReport:
        """Ask all sources for meshes and act on the answer."""
        return await self._parts.discovery.poll()

    # ---- Changing ----------------------------------------------------------------------------

    async def start(self, mesh_id: str) -> None:
        """Start a mesh that is stopped or failed; nothing happens when it runs."""
        self._parts.life.refuse_while_stopping()
        self._parts.fleet.start(mesh_id)
        await self._parts.stopped.keep(mesh_id)

    async def stop(self, mesh_id: str) -> None:
        """Stop a mesh until it is started again; returns when its process is gone."""
        # Kept meanwhile: the caller need not wait until it is gone, and may leave.
        await asyncio.gather(
            self._parts.fleet.stop_mesh(mesh_id), self._parts.stopped.keep(mesh_id)
        )

    async def restart(self, mesh_id: str) -> None:
        """Replace the process of a mesh, or start it; returns when the old one is gone."""
        self._parts.life.refuse_while_stopping()
        record = self._parts.fleet.records.get(mesh_id)
        old = record.process if record is not None else None
        self._parts.fleet.restart(mesh_id)
        await self._parts.stopped.keep(mesh_id)
        if old is not None:
            # Shielded: the caller may leave, others wait for the same end.
            await asyncio.shield(old.exited)

    async def restart_anew(self, mesh_id: str) -> None:
        """The same, and the bot begins as in a mesh that it has never been in.

        What it has missed meanwhile is not made up for.

        Raises:
            MeshvisorError: it cannot be written; it is forgotten until the supervisor ends.
        """
        self._parts.life.refuse_while_stopping()
        record = self._parts.fleet.records.get(mesh_id)
        old = record.process if record is not None else None
        if old is not None:
            # What it still says is of the time before.
            old.forgets = True
        await asyncio.gather(self._parts.checkpoints.forget_now(mesh_id), self.restart(mesh_id))

    async def for_each(
        self, mesh_ids: Iterable[str] | None, action: Callable[[str], Awaitable[None]]
    ) -> results.MeshOutcomes:
        """Carry `action` out on several meshes at the same time.

        A mesh for which it fails with a `MeshvisorError` says so in its outcome and does not keep
        the others from theirs.

        Args:
            mesh_ids: which ones; None: all.
            action: one of the above.

        Raises:
            UsageError: one of them is unknown; nothing has been done then.
        """
        chosen = self._choose(mesh_ids)
        errors = await asyncio.gather(*(_attempt(action, mesh_id) for mesh_id in chosen))
        return results.MeshOutcomes(
            meshes=tuple(
                results.MeshOutcome(mesh_id=mesh_id, state=self._state(mesh_id), error=error)
                for mesh_id, error in zip(chosen, errors, strict=True)
            )
        )

    # ---- Private -----------------------------------------------------------------------------

    def _choose(self, mesh_ids: Iterable[str] | None) -> Sequence[str]:
        if mesh_ids is None:
            return self.mesh_ids()
        chosen = list(dict.fromkeys(mesh_ids))
        for mesh_id in chosen:
            if mesh_id not in self:
                raise unknown_mesh(mesh_id, self.mesh_ids(), everything="--all")
        return chosen

    def _state(self, mesh_id: str) -> MeshState:
        record = self._parts.fleet.records.get(mesh_id)
        # A mesh that is not wanted any more is forgotten once it has stopped.
        return MeshState.STOPPED if record is None else record.state


async def _attempt(action: Callable[[str], Awaitable[None]], mesh_id: str) -> str | None:
    try:
        await action(mesh_id)
    except MeshvisorError as error:
        return str(error)
    return None
