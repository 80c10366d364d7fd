"""The fleet manager: carries out what `reconcile` decides and takes in what workers say.

Owns the records of all meshes.  Does not own the lives of workers (`children.keeper`), what their
messages mean (`reactions`), what bots say and do in rooms (`rooms`), asking workers for their
status (`monitor`), connects (`connections`), finding meshes (`discovery`), nor the composition of
it all (`services`).

Everything here runs in the supervisor's event loop, and no step waits for a worker: a change
marks the fleet as changed, and the next turn of the loop reconciles once for all changes.
"""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

import msgspec

from meshvisor.features.access.supervisor.accounts import Network
from meshvisor.features.blocklist.supervisor.blocklist import Blocklist
from meshvisor.features.fleet.settings import CommandSettings, FleetSettings
from meshvisor.features.fleet.supervisor.checkpoints import Checkpoints
from meshvisor.features.fleet.supervisor.connections import Connections
from meshvisor.features.fleet.supervisor.discovery import DiscoveredMesh
from meshvisor.features.fleet.supervisor.reactions import Reactions
from meshvisor.features.fleet.supervisor.reconcile import (
    Action,
    Actual,
    Desired,
    Forget,
    Settle,
    Start,
    Stop,
    reconcile,
)
from meshvisor.features.fleet.supervisor.record import MeshRecord, OnState, Trouble
from meshvisor.features.fleet.supervisor.restraints import Restraints
from meshvisor.features.fleet.supervisor.rooms import FleetRooms, network_of
from meshvisor.features.fleet.supervisor.worker import WorkerProcess
from meshvisor.features.fleet.wordings import IS_BLOCKED
from meshvisor.shared.clock import Clock
from meshvisor.shared.control.unknown_mesh import unknown_mesh
from meshvisor.shared.errors import UsageError
from meshvisor.shared.heartbeat import HeartbeatTable
from meshvisor.shared.model.exits import WORKER
from meshvisor.shared.model.mesh import MeshState
from meshvisor.shared.protocol import from_worker as said
from meshvisor.shared.protocol.messages import Message
from meshvisor.shared.protocol.start import MeshStart
from meshvisor.shared.settings.kernel import LogSettings
from meshvisor.shared.settings.model import Settings
from meshvisor.supervisor.children.forked import Fork, ForkedKeeper, ForkedKind, ForkParts
from meshvisor.supervisor.children.keeper import Callbacks, End
from meshvisor.supervisor.children.restart_policy import RestartSettings, after_crash
from meshvisor.supervisor.children.slots import Slots
from meshvisor.supervisor.children.spawner import Spawner, SpawnError
from meshvisor.supervisor.room_answers import RoomAnswers

log = logging.getLogger(__name__)

WORKER_ENTRY: Final = "meshvisor.worker.mesh.main:run"

RESPAWN_PAUSE: Final = 0.2
"""Seconds before a mesh is tried again after its process could not be forked."""


class FleetParts(msgspec.Struct, frozen=True):
    """What the manager works with."""

    spawner: Spawner
    heartbeats: HeartbeatTable
    blocklist: Blocklist
    clock: Clock
    initial_state: Callable[[Network], Sequence[bytes]]
    """Frames that every worker of a network is sent before anything else: credentials, admins,
    permissions."""
    answers: RoomAnswers
    """Answers the requests of users in rooms."""
    attach_log: Callable[[str, int, asyncio.Future[Any]], None]
    """Given a mesh id, the read end of its worker's log pipe, and the future of its end."""
    checkpoints: Checkpoints = msgspec.field(default_factory=Checkpoints)
    """How far the bots have heard."""
    restraints: Restraints = msgspec.field(default_factory=lambda: Restraints(time.time))
    """What they hold back with."""
    stopped: set[str] = msgspec.field(default_factory=set)
    """Meshes that an operator has stopped, whether or not they are listed now."""
    slots: Slots = msgspec.field(default_factory=Slots)
    """Which heartbeats are free."""
    can_dump: bool = True
    """Whether a hung worker can be asked for its stacks."""
    jitter: Callable[[float, float], float] = random.uniform
    on_state: OnState | None = None
    """Hears of each new state of a mesh; it must be quick."""


OnStatus = Callable[[WorkerProcess, said.StatusResponse], None]
OnGone = Callable[[WorkerProcess], None]
OnReport = Callable[[WorkerProcess, Message], None]


class FleetManager:
    """Keeps one worker per wanted mesh; make it inside a running event loop."""

    def __init__(self, settings: Settings, parts: FleetParts) -> None:
        self._settings = settings
        self._parts = parts
        self._records: dict[str, MeshRecord] = {}
        self._wanted: tuple[str, ...] = ()
        self._connections = Connections(
            settings.of(FleetSettings),
            self._records,
            parts.blocklist,
            parts.clock,
            parts.checkpoints,
            parts.restraints,
        )
        self._loop = asyncio.get_running_loop()
        self._telling: asyncio.Handle | None = None
        self._is_plan_due = False
        self._timer: asyncio.TimerHandle | None = None
        self._closing = False
        self._listeners: list[Callable[[], None]] = []
        self._on_status: OnStatus = lambda process, status: None
        self._on_gone: OnGone = lambda process: None
        self._on_report: dict[type[Message], OnReport] = {}
        self.keeper: Final = self._make_keeper()
        """Of the workers."""
        self._reactions = Reactions(
            parts.blocklist,
            parts.clock,
            self._connections,
            parts.answers,
            self.keeper.broken,
            self._restart,
        )
        self.rooms: Final = FleetRooms(self._records, self.processes, self._reactions.help.of)
        """What the bots say and do."""

    # What others see

    @property
    def records(self) -> Mapping[str, MeshRecord]:
        """All meshes by id; read only."""
        return self._records

    @property
    def wanted(self) -> tuple[str, ...]:
        """Mesh ids that discovery has found, in their order."""
        return self._wanted

    @property
    def connections(self) -> Connections:
        """Connects of all workers."""
        return self._connections

    def listen(self, changed: Callable[[], None]) -> None:
        """Have `changed` called after every change of any mesh; it must be quick."""
        self._listeners.append(changed)

    def watch_status(self, on_status: OnStatus, on_gone: OnGone) -> None:
        """Have answers to status requests, and the ends of workers, passed to the monitor."""
        self._on_status, self._on_gone = on_status, on_gone

    def watch(self, kind: type[Message], on_report: OnReport) -> None:
        """Pass messages to `on_report` that change nothing of the fleet; it must be quick."""
        self._on_report[kind] = on_report

    def processes(self) -> list[WorkerProcess]:
        """All living workers."""
        return self.keeper.lives

    # What others ask for

    def want(self, meshes: Sequence[DiscoveredMesh], seen_at: float) -> None:
        """Take over what discovery has found.

        Args:
            meshes: all meshes that are wanted, in the order in which they are served.
            seen_at: when the question was asked, monotonic seconds.  A mesh that the bot left
                before that moment is joined again, unless it is only remembered (`stale`).
        """
        self._wanted = tuple(mesh.mesh_id for mesh in meshes)
        for mesh in meshes:
            record = self._records.get(mesh.mesh_id)
            if record is None:
                self._records[mesh.mesh_id] = self._new_record(mesh)
                continue
            if not mesh.stale and record.left_at is not None and record.left_at < seen_at:
                record.left_at = None
            before, record.mesh = record.mesh, mesh
            if record.process is not None and (why := _difference(before, mesh)) is not None:
                self._restart(record, why)
        self.changed()

    def start(self, mesh_id: str) -> None:
        """Start a mesh that is stopped or failed; nothing happens when it runs.

        Raises:
            UsageError: there is no such mesh, or it is blocked.
        """
        record = self._known(mesh_id)
        if self._parts.blocklist.is_blocked(mesh_id):
            raise UsageError(IS_BLOCKED.said(mesh_id=mesh_id))
        self._parts.stopped.discard(mesh_id)
        self._parts.restraints.forgive(record.mesh)
        record.reset()
        self.changed()

    async def stop_mesh(self, mesh_id: str) -> None:
        """Stop a mesh until it is started again; returns when its process is gone.

        Raises:
            UsageError: there is no such mesh.
        """
        record = self._known(mesh_id)
        record.stopped_by_operator = True
        self._parts.stopped.add(mesh_id)
        self.changed()
        await self._gone(record)

    def restart(self, mesh_id: str) -> None:
        """Replace the process of a mesh, or start it.

        Raises:
            UsageError: there is no such mesh, or it is blocked.
        """
        self.start(mesh_id)
        self._restart(self._known(mesh_id), "an operator restarts it")

    def configure(self, settings: Settings) -> list[str]:
        """Take over new settings; returns the meshes whose workers are replaced for it."""
        old, self._settings = self._settings, settings
        self._connections.configure(settings.of(FleetSettings))
        restarted = []
        for record in self._records.values():
            if record.process is not None and _start_model(old, record.mesh) != _start_model(
                settings, record.mesh
            ):
                self._restart(record, "its settings have changed")
                restarted.append(record.mesh_id)
        self.changed()
        return restarted

    def restart_all(self, reason: str) -> list[str]:
        """Replace every worker, also those that are just being started; returns the meshes."""
        running = [record for record in self._records.values() if record.process is not None]
        self.keeper.replace_all(lambda process: self._restart(self._record_of(process), reason))
        return [record.mesh_id for record in running]

    async def close(self, timeout: float, force: asyncio.Event) -> None:
        """Stop all workers politely, those that do not end by force.

        Args:
            timeout: seconds for the polite part.
            force: once set, the polite part is skipped.
        """
        self._closing = True
        self.rooms.close()
        self._reactions.stop()
        if self._timer is not None:
            self._timer.cancel()
        await self.keeper.close(timeout, force)

    def changed(self) -> None:
        """Reconcile in the next turn of the loop."""
        self._is_plan_due = True
        self._tell_soon()

    def _new_record(self, mesh: DiscoveredMesh) -> MeshRecord:
        """Return what is known of a mesh from before, if anything."""
        record = MeshRecord(
            mesh,
            stopped_by_operator=mesh.mesh_id in self._parts.stopped,
            on_state=self._parts.on_state,
        )
        record.kicks, away = self._parts.restraints.away(mesh)
        if away > 0:
            record.state, record.trouble = MeshState.RESTARTING, Trouble.KICKED
            record.start_at = self._parts.clock.monotonic() + away
            record.last_error = "kicked before the supervisor was started"
        return record

    # Reconciling

    def _tell_soon(self) -> None:
        """Tell in the next turn of the loop that something has changed."""
        if self._telling is None:
            self._telling = self._loop.call_soon(self._tell)

    def _tell(self) -> None:
        self._telling = None
        if self._is_plan_due and not self._closing:
            self._reconcile()
        self.rooms.changed()
        for listener in self._listeners:
            listener()

    def _reconcile(self) -> None:
        self._is_plan_due = False
        now = self._parts.clock.monotonic()
        desired = Desired(
            self._wanted,
            {m for m in self._records if self._parts.blocklist.is_blocked(m)},
            self._settings.of(FleetSettings).max_processes,
        )
        views = {mesh_id: record.view() for mesh_id, record in self._records.items()}
        plan = reconcile(desired, views, now)
        for action in plan.actions:
            self._carry_out(action)
        self._wake_at(plan.wake_at, now)

    def _carry_out(self, action: Action) -> None:
        match action:
            case Start(mesh_id):
                self._spawn(self._records[mesh_id])
            case Stop(mesh_id, reason):
                process = self._records[mesh_id].process
                # One that is still being forked is stopped when it is there.
                if process is not None:
                    self._stop(process, reason)
            case Settle(mesh_id, state):
                record = self._records[mesh_id]
                # An operator blocks one that is well, too.
                is_ill = state is MeshState.BLOCKED and not record.is_well
                record.become(state, record.last_error if is_ill else None)
            case Forget(mesh_id):
                self._connections.gone(mesh_id)
                del self._records[mesh_id]

    def _wake_at(self, moment: float | None, now: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if moment is not None:
            self._timer = self._loop.call_later(max(0.0, moment - now), self.changed)

    def _stop(self, process: WorkerProcess, reason: str) -> None:
        log.info("stopping: %s", reason, extra={"event": "worker.stop", "mesh_id": process.mesh_id})
        process.stop(reason, self._settings.of(FleetSettings).shutdown_timeout)

    def _restart(self, record: MeshRecord, reason: str) -> None:
        if record.process is not None and record.process.stopping is None:
            record.process.restart_requested = True
            self._stop(record.process, reason)

    # A worker's life

    def _make_keeper(self) -> ForkedKeeper[WorkerProcess]:
        parts = self._parts
        return ForkedKeeper(
            ForkedKind(
                noun="worker",
                culprit=WORKER(),
                subject=lambda _mesh_id: "its worker",
                make=WorkerProcess,
                said=self._on_message,
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

    def _spawn(self, record: MeshRecord) -> None:
        record.spawning = True
        record.spawned_for = record.mesh
        record.become(MeshState.SPAWNING)
        self.keeper.start(record.mesh_id, _fork(self._settings, record.mesh))

    def _not_started(self, mesh_id: str, error: Exception) -> None:
        record = self._records[mesh_id]
        record.spawning = False
        if self._closing:
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
        self.changed()

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
        self.changed()
        is_elsewhere = process.mesh is not None and process.mesh.account != record.mesh.account
        if is_elsewhere or _fork(self._settings, record.mesh) != fork:
            self._restart(record, "its settings have changed while it was started")
        elif is_outdated:
            self._restart(record, "all were restarted while it was started")

    def _ended(self, end: End[WorkerProcess]) -> None:
        process = end.life
        record = self._record_of(process)
        self._on_gone(process)
        self._connections.gone(record.mesh_id)
        record.process = None
        now = self._parts.clock.monotonic()
        # One that hung while it was being stopped was killed for it, but it did not crash.
        if end.was_requested or (process.left and process.fault is None):
            comes_back = process.restart_requested or process.comes_back_at is not None
            record.start_at = process.comes_back_at or now
            error = record.last_error if process.left else process.asks_because
            record.become(MeshState.RESTARTING if comes_back else MeshState.STOPPED, error)
        elif not self._is_blocked(record):
            self._on_crash(record, end, now)
        self.changed()

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

    # What workers say

    def _on_message(self, process: WorkerProcess, message: Message) -> None:
        # Hundreds of these come within milliseconds, and change nothing of the fleet.
        if isinstance(message, said.StatusResponse):
            self._on_status(process, message)
            return
        record = self._records.get(process.mesh_id)
        if record is None or record.process is not process:
            return
        on_report = self._on_report.get(type(message))
        if on_report is not None:
            on_report(process, message)
        else:
            self._react(record, message)

    def _react(self, record: MeshRecord, message: Message) -> None:
        before = self._planned_by(record)
        if not self._reactions.to(record, message):
            return
        # A plan looks at every mesh, and each worker says four things until it is connected.
        if self._planned_by(record) == before:
            self._tell_soon()
        else:
            self.changed()

    def _on_hung(self, process: WorkerProcess, fault: str) -> None:
        record = self._record_of(process)
        record.last_error = fault
        record.become(MeshState.UNHEALTHY, fault)

    # Private

    def _planned_by(self, record: MeshRecord) -> tuple[Actual, bool]:
        """Return what `reconcile` goes by for a mesh that has a process: not by its state."""
        view = msgspec.structs.replace(record.view(), state=MeshState.READY)
        return view, self._is_blocked(record)

    def _is_blocked(self, record: MeshRecord) -> bool:
        return self._parts.blocklist.is_blocked(record.mesh_id)

    def _record_of(self, process: WorkerProcess) -> MeshRecord:
        """Return the record of the mesh whose worker this is; no mesh with one is forgotten."""
        return self._records[process.mesh_id]

    def _known(self, mesh_id: str) -> MeshRecord:
        record = self._records.get(mesh_id)
        if record is None:
            raise unknown_mesh(mesh_id, [*self._records])
        return record

    async def _gone(self, record: MeshRecord) -> None:
        """Return when a mesh has no process, or is to have one again."""
        while record.stopped_by_operator and self.keeper.has(record.mesh_id):
            await self.keeper.change(record.mesh_id)


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
