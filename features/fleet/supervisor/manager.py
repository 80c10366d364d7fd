"""The fleet manager: carries out what `reconcile` decides and takes in what workers say.

Owns the records of all meshes.  Does not own the lives of workers (`worker_lives`), what their
messages mean (`reactions`), what bots say and do in rooms (`rooms`), asking workers for their
status (`monitor`), connects (`connections`), finding meshes (`discovery`), nor the composition of
it all (`services`).

Everything here runs in the supervisor's event loop, and no step waits for a worker: a change
marks the fleet as changed, and the next turn of the loop reconciles once for all changes.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Final

import msgspec

from meshvisor.features.fleet.settings import FleetSettings
from meshvisor.features.fleet.supervisor.connections import Connections
from meshvisor.features.fleet.supervisor.discovery import DiscoveredMesh
from meshvisor.features.fleet.supervisor.parts import FleetParts
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
from meshvisor.features.fleet.supervisor.record import MeshRecord, Trouble
from meshvisor.features.fleet.supervisor.rooms import FleetRooms
from meshvisor.features.fleet.supervisor.worker import WorkerProcess
from meshvisor.features.fleet.supervisor.worker_lives import LifeHooks, WorkerLives
from meshvisor.features.fleet.wordings import IS_BLOCKED
from meshvisor.shared.control.unknown_mesh import unknown_mesh
from meshvisor.shared.errors import UsageError
from meshvisor.shared.model.mesh import MeshState
from meshvisor.shared.protocol import from_worker as said
from meshvisor.shared.protocol.messages import Message
from meshvisor.shared.settings.model import Settings

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
        self._listeners: list[Callable[[], None]] = []
        self._on_status: OnStatus = lambda process, status: None
        self._on_gone: OnGone = lambda process: None
        self._on_report: dict[type[Message], OnReport] = {}
        self._lives = WorkerLives(
            settings, parts, self._records, LifeHooks(self.changed, self._on_message, self._on_end)
        )
        self.keeper: Final = self._lives.keeper
        """Of the workers."""
        self._reactions = Reactions(
            parts.blocklist,
            parts.clock,
            self._connections,
            parts.answers,
            self.keeper.broken,
            self._lives.restart,
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
            self._lives.restart_for(record, before)
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
        await self._lives.gone(record)

    def restart(self, mesh_id: str) -> None:
        """Replace the process of a mesh, or start it.

        Raises:
            UsageError: there is no such mesh, or it is blocked.
        """
        self.start(mesh_id)
        self._lives.restart(self._known(mesh_id), "an operator restarts it")

    def configure(self, settings: Settings) -> list[str]:
        """Take over new settings; returns the meshes whose workers are replaced for it."""
        self._settings = settings
        self._connections.configure(settings.of(FleetSettings))
        restarted = self._lives.configure(settings)
        self.changed()
        return restarted

    def restart_all(self, reason: str) -> list[str]:
        """Replace every worker, also those that are just being started; returns the meshes."""
        return self._lives.restart_all(reason)

    async def close(self, timeout: float, force: asyncio.Event) -> None:
        """Stop all workers politely, those that do not end by force.

        Args:
            timeout: seconds for the polite part.
            force: once set, the polite part is skipped.
        """
        self._lives.close_soon()
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
        if self._is_plan_due and not self._lives.is_closing:
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
                self._lives.spawn(self._records[mesh_id])
            case Stop(mesh_id, reason):
                process = self._records[mesh_id].process
                # One that is still being forked is stopped when it is there.
                if process is not None:
                    self._lives.stop(process, reason)
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

    def _on_end(self, process: WorkerProcess) -> None:
        self._on_gone(process)
        self._connections.gone(process.mesh_id)

    def _react(self, record: MeshRecord, message: Message) -> None:
        before = self._planned_by(record)
        if not self._reactions.to(record, message):
            return
        # A plan looks at every mesh, and each worker says four things until it is connected.
        if self._planned_by(record) == before:
            self._tell_soon()
        else:
            self.changed()

    # Private

    def _planned_by(self, record: MeshRecord) -> tuple[Actual, bool]:
        """Return what `reconcile` goes by for a mesh that has a process: not by its state."""
        view = msgspec.structs.replace(record.view(), state=MeshState.READY)
        return view, self._is_blocked(record)

    def _is_blocked(self, record: MeshRecord) -> bool:
        return self._parts.blocklist.is_blocked(record.mesh_id)

    def _known(self, mesh_id: str) -> MeshRecord:
        record = self._records.get(mesh_id)
        if record is None:
            raise unknown_mesh(mesh_id, [*self._records])
        return record
