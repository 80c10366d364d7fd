"""The lives of workers: what they are started with, when they are replaced, what their ends mean.

Owns starting, stopping and replacing the worker of a mesh, and what becomes of the mesh when it
cannot be started, crashes or ends.  Does not own which meshes there are and which of them run
(`manager`, `reconcile`), what workers say (`reactions`), nor the processes (`children.keeper`).
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Final

import msgspec

from meshvisor.features.fleet.settings import CommandSettings, FleetSettings
from meshvisor.features.fleet.supervisor.discovery import DiscoveredMesh
from meshvisor.features.fleet.supervisor.parts import FleetParts
from meshvisor.features.fleet.supervisor.record import MeshRecord
from meshvisor.features.fleet.supervisor.rooms import network_of
from meshvisor.features.fleet.supervisor.worker import WorkerProcess
from meshvisor.shared.model.exits import WORKER
from meshvisor.shared.model.mesh import MeshState
from meshvisor.shared.protocol.messages import Message
from meshvisor.shared.protocol.start import MeshStart
from meshvisor.shared.settings.kernel import LogSettings
from meshvisor.shared.settings.model import Settings
from meshvisor.supervisor.children.forked import Fork, ForkedKeeper, ForkedKind, ForkParts
from meshvisor.supervisor.children.keeper import Callbacks, End
from meshvisor.supervisor.children.restart_policy import RestartSettings, after_crash
from meshvisor.supervisor.children.spawner import SpawnError

log = logging.getLogger(__name__)

WORKER_ENTRY: Final = "meshvisor.worker.mesh.main:run"

RESPAWN_PAUSE: Final = 0.2
"""Seconds before a mesh is tried again after its process could not be forked."""


@dataclass(frozen=True, slots=True)
class LifeHooks:
    """What is called when something happens to workers."""

    changed: Callable[[], None]
    """Something has changed that a plan goes by."""
    said: Callable[[WorkerProcess, Message], None]
    """A worker has said something."""
    ended: Callable[[WorkerProcess], None]
    """One has ended."""


class WorkerLives:
    """Those of a fleet; make it inside a running event loop.

    Args:
        settings: what workers are started with.
        parts: of the fleet.
        records: of all meshes by id; a mesh that has a worker is not forgotten.
        hooks: are called.

    Attributes:
        keeper: of the processes.
        is_closing: whether all are to end.
    """

    def __init__(
        self,
        settings: Settings,
        parts: FleetParts,
        records: Mapping[str, MeshRecord],
        hooks: LifeHooks,
    ) -> None:
        self._settings = settings
        self._parts = parts
        self._records = records
        self._hooks = hooks
        self.is_closing = False
        self.keeper: Final = self._make_keeper()

    def spawn(self, record: MeshRecord) -> None:
        """Start the worker of a mesh."""
        record.spawning = True
        record.spawned_for = record.mesh
        record.become(MeshState.SPAWNING)
        self.keeper.start(record.mesh_id, _fork(self._settings, record.mesh))

    def stop(self, process: WorkerProcess, reason: str) -> None:
        """Ask a worker to end; one that does not is killed."""
        log.info("stopping: %s", reason, extra={"event": "worker.stop", "mesh_id": process.mesh_id})
        process.stop(reason, self._settings.of(FleetSettings).shutdown_timeout)

    def restart(self, record: MeshRecord, reason: str) -> None:
        """Replace the worker of a mesh, if there is one that is not about to end."""
        if record.process is not None and record.process.stopping is None:
            record.process.restart_requested = True
            self.stop(record.process, reason)

    def restart_for(self, record: MeshRecord, before: DiscoveredMesh) -> None:
        """Replace it if discovery says something else of the mesh than before."""
        if record.process is not None and (why := _difference(before, record.mesh)) is not None:
            self.restart(record, why)

    def restart_all(self, reason: str) -> list[str]:
        """Replace every worker, also those that are just being started; returns the meshes."""
        running = [record for record in self._records.values() if record.process is not None]
        self.keeper.replace_all(lambda process: self.restart(self._record_of(process), reason))
        return [record.mesh_id for record in running]

    def configure(self, settings: Settings) -> list[str]:
        """Take over new settings; returns the meshes whose workers are replaced for it."""
        old, self._settings = self._settings, settings
        restarted = []
        for record in self._records.values():
            if record.process is not None and _start_model(old, record.mesh) != _start_model(
                settings, record.mesh
            ):
                self.restart(record, "its settings have changed")
                restarted.append(record.mesh_id)
        return restarted

    async def gone(self, record: MeshRecord) -> None:
        """Return when a mesh has no process, or is to have one again."""
        while record.stopped_by_operator and self.keeper.has(record.mesh_id):
            await self.keeper.change(record.mesh_id)

    def close_soon(self) -> None:
        """Start none any more: the keeper is about to end all of them."""
        self.is_closing = True

    # ---- Private -----------------------------------------------------------------------------

    def _make_keeper(self) -> ForkedKeeper[WorkerProcess]:
        parts = self._parts
        return ForkedKeeper(
            ForkedKind(
                noun="worker",
                culprit=WORKER(),
                subject=lambda _mesh_id: "its worker",
                make=WorkerProcess,
                said=self._hooks.said,
                hung=self._on_hung,
            ),
            ForkParts(
                spawner=parts.spawner,
                heartbeats=parts.heartbeats,
                slots=parts.slots,
                clock=parts.clock,
                attach_log=parts.attach_log,
                can_dump=parts.can_dump,
            ),
            Callbacks(self._began, self._opened, self._not_started, self._ended),
        )

    def _not_started(self, mesh_id: str, error: Exception) -> None:
        record = self._records[mesh_id]
        record.spawning = False
        if self.is_closing:
            return
        why = str(error)
        if not isinstance(error, SpawnError):
            log.error("could not be started", exc_info=error, extra={"mesh_id": mesh_id})
            why = f"{type(error).__name__}: {error}"
        if why != record.last_error:
            # Once, and not five times a second for as long as it lasts.
            log.warning(
                "could not be started: %s; it is tried again until it can",
                why,
                extra={"event": "worker.spawn_failed", "mesh_id": record.mesh_id},
            )
        record.last_error = why
        record.start_at = self._parts.clock.monotonic() + RESPAWN_PAUSE
        record.become(MeshState.RESTARTING, why)
        self._hooks.changed()

    def _began(self, process: WorkerProcess) -> None:
        record = self._record_of(process)
        record.process = process
        process.mesh = record.spawned_for
        record.spawning = False
        record.lives += 1

    def _opened(self, process: WorkerProcess, fork: Fork, is_outdated: bool) -> None:
        record = self._record_of(process)
        for frame in self._parts.initial_state(network_of(record)):
            process.send_frame(frame)
        self._hooks.changed()
        is_elsewhere = process.mesh is not None and process.mesh.account != record.mesh.account
        if is_elsewhere or _fork(self._settings, record.mesh) != fork:
            self.restart(record, "its settings have changed while it was started")
        elif is_outdated:
            self.restart(record, "all were restarted while it was started")

    def _ended(self, end: End[WorkerProcess]) -> None:
        process = end.life
        record = self._record_of(process)
        self._hooks.ended(process)
        record.process = None
        now = self._parts.clock.monotonic()
        # One that hung while it was being stopped was killed for it, but it did not crash.
        if end.was_requested or (process.left and process.fault is None):
            comes_back = process.restart_requested or process.comes_back_at is not None
            record.start_at = process.comes_back_at or now
            error = record.last_error if process.left else process.asks_because
            record.become(MeshState.RESTARTING if comes_back else MeshState.STOPPED, error)
        elif not self._parts.blocklist.is_blocked(record.mesh_id):
            self._on_crash(record, end, now)
        self._hooks.changed()

    def _on_crash(self, record: MeshRecord, end: End[WorkerProcess], now: float) -> None:
        fleet = self._settings.of(FleetSettings)
        verdict = after_crash(
            record.crashes,
            now,
            now - end.life.started_at,
            RestartSettings(
                fleet.process_restart_delay,
                fleet.max_process_restarts,
                fleet.restart_window,
                fleet.restart_delay_max,
            ),
            self._parts.jitter,
        )
        record.crashes, record.start_at = verdict.history, verdict.start_at
        record.trouble = None
        record.last_error = record.last_crash = end.why
        record.become(MeshState.FAILED if verdict.failed else MeshState.RESTARTING, end.why)
        log.error(
            "%s; %s in %.1f s",
            record.last_error,
            "failed, tried again" if verdict.failed else "restarted",
            verdict.start_at - now,
            extra={"event": "worker.crashed", "mesh_id": record.mesh_id},
        )

    def _on_hung(self, process: WorkerProcess, fault: str) -> None:
        record = self._record_of(process)
        record.last_error = fault
        record.become(MeshState.UNHEALTHY, fault)

    def _record_of(self, process: WorkerProcess) -> MeshRecord:
        """Return the record of the mesh whose worker this is; no mesh with one is forgotten."""
        return self._records[process.mesh_id]


# Private


def _difference(before: DiscoveredMesh, now: DiscoveredMesh) -> str | None:
    """Say why the worker of a mesh has to be replaced now that discovery says something else."""
    if before.transport != now.transport:
        return f"its transport is {now.transport} now, no longer {before.transport}"
    if before.server != now.server:
        return "its server has moved"
    if replace(before, source="", stale=False) != replace(now, source="", stale=False):
        return "its settings have changed"
    return None


def _fork(settings: Settings, mesh: DiscoveredMesh) -> Fork:
    return Fork(WORKER_ENTRY, msgspec.to_builtins(_start_model(settings, mesh)))


def _start_model(settings: Settings, mesh: DiscoveredMesh) -> MeshStart:
    return MeshStart(
        mesh_id=mesh.mesh_id,
        transport=mesh.transport,
        server=mesh.server,
        address=mesh.address,
        settings=mesh.settings,
        places=mesh.places,
        broken=mesh.broken,
        command_prefix=settings.of(FleetSettings).command_prefix,
        command_timeout=settings.of(CommandSettings).timeout,
        command_concurrency=settings.of(CommandSettings).concurrency,
        command_cooldown=settings.of(CommandSettings).cooldown,
        command_max_age=settings.of(CommandSettings).max_age,
        log_level=settings.of(LogSettings).level,
        memory_limit_bytes=settings.of(FleetSettings).worker_memory_limit_mb * 1024 * 1024,
    )
