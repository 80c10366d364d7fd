"""A small supervisor that does what it says without any process: for tests of what talks to it.

Everything that needs no process is the real thing: directory, blocklist, jobs, and the answer of
`status`.  Made up are the fleet, the log lines, and the supervisor's own life.

Run as a program it serves a home until SIGTERM or `shutdown`, and says `ready` when it listens:
`python -m tests.supervisor.control.in_memory HOME MESHES [MESH_THAT_CANNOT_BE_STOPPED [ERROR]]`,
where the last one is the last error of a mesh that is not there any more, and a line of its log.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from meshvisor.features.access.results import DirectoryStatus
from meshvisor.features.access.supervisor.administration.administration import Administration
from meshvisor.features.access.supervisor.administration.opening import OpenDirectory
from meshvisor.features.access.supervisor.administration.session import Session
from meshvisor.features.access.supervisor.directory.model import Account
from meshvisor.features.access.supervisor.identity import Identity
from meshvisor.features.blocklist.supervisor.blocklist import Blocklist
from meshvisor.features.blocklist.supervisor.operator_blocklist import OperatorBlocklist
from meshvisor.features.fleet.results import (
    DiscoveryReport,
    HealthStats,
    MeshStatus,
    PollReport,
    ProcessHealth,
    Totals,
    WantedMesh,
)
from meshvisor.features.fleet.supervisor.operations import FleetOperations
from meshvisor.features.jobs.supervisor.live import LiveJobs
from meshvisor.features.jobs.supervisor.service import JobService
from meshvisor.features.watch_party.supervisor.platform import Platform
from meshvisor.shared.clock import Clock, SystemClock
from meshvisor.shared.control.results import LogLine, ReloadReport, SkippedPlugin
from meshvisor.shared.control.unknown_mesh import unknown_mesh
from meshvisor.shared.errors import MeshvisorError
from meshvisor.shared.model.mesh import WITH_PROCESS, MeshState
from meshvisor.shared.paths import Home
from meshvisor.shared.prepared_home import prepare_home
from meshvisor.shared.settings.model import default_settings
from meshvisor.supervisor.audit.log import AuditLog
from meshvisor.supervisor.control.server import ControlServer
from meshvisor.supervisor.events.reading import EventReader
from meshvisor.supervisor.events.service import EventService
from meshvisor.supervisor.life import KnownMeshes, Life
from meshvisor.supervisor.logs.collector import LogCollector
from meshvisor.supervisor.reporting import Reporter, Reporting
from meshvisor.supervisor.service_contract import Stopping
from meshvisor.supervisor.services import Services
from meshvisor.supervisor.status_report import StatusReport, StatusReporter
from tests.clock import ManualClock
from tests.directories import SmallFleet, close_directory, open_directory
from tests.stopping import stopping
from tests.supervisor.control.in_memory_jobs import (
    InMemoryJobs,
    in_memory_jobs,
    info,
    run_of_one,
)

SERVER = "ws://127.0.0.1:8484"


class Lines(LogCollector):
    """Log lines in memory."""

    def __init__(self) -> None:
        # Not that of the real one, which takes over all logging of the process.
        self.lines: list[LogLine] = []
        self.receivers: list[Callable[[LogLine], None]] = []

    def add(self, mesh_id: str | None, text: str) -> None:
        """Log one line."""
        line = LogLine(mesh_id=mesh_id, ts=float(len(self.lines)), level="info", text=text)
        self.lines.append(line)
        for receive in self.receivers:
            receive(line)

    def tail(self, name: str | None, lines: int) -> list[LogLine]:
        """Return the newest."""
        return [line for line in self.lines if name in {None, line.mesh_id}][-lines:]

    def subscribe(self, receive: Callable[[LogLine], None]) -> Callable[[], None]:
        """Follow."""
        self.receivers.append(receive)
        return lambda: self.receivers.remove(receive)


class InMemoryFleet(FleetOperations, Reporter):
    """The fleet of an `InMemorySupervisor`, which says how it is."""

    def __init__(self, supervisor: InMemorySupervisor) -> None:
        # Not that of the real one: there is nothing that it could be made of.
        self._of = supervisor

    def mesh_ids(self) -> Sequence[str]:
        """Return them."""
        return list(self._of.states)

    def __contains__(self, mesh_id: object) -> bool:
        return mesh_id in self._of.states

    def report_fields(self) -> Mapping[str, Any]:
        """Return the states."""
        if self._of.broken == "everything":
            raise RuntimeError("a bug")
        states, blocked = list(self._of.states.values()), self._of.blocklist
        totals = Totals(
            meshes=len(states),
            connected=states.count(MeshState.CONNECTED),
            unhealthy=states.count(MeshState.UNHEALTHY),
            failed=states.count(MeshState.FAILED),
            blocked=blocked.get_stats().total if blocked else 0,
            blocked_permanently=blocked.get_stats().permanent if blocked else 0,
        )
        return {"totals": totals, "meshes": self.meshes()}

    def supervisor_fields(self) -> Mapping[str, Any]:
        """Return what others would say of themselves."""
        directory = DirectoryStatus(backend="sqlite", reachable=True)
        return {"directory": directory, "jobs_problem": None}

    def meshes(self) -> tuple[MeshStatus, ...]:
        """Return all."""
        names = set(MeshStatus.model_fields)
        all_of_them = map(self._health, self._of.states)
        return tuple(MeshStatus(**health.model_dump(include=names)) for health in all_of_them)

    def wanted(self) -> Sequence[WantedMesh]:
        """Return all."""
        return [
            WantedMesh(
                mesh_id=mesh_id,
                state=state,
                server=SERVER,
                source="settings",
                waiting_for="a free place" if state is MeshState.WAITING else None,
            )
            for mesh_id, state in self._of.states.items()
        ]

    def health(self) -> HealthStats:
        """Return sums."""
        states = list(self._of.states.values())
        running = [state for state in states if state in WITH_PROCESS]
        return HealthStats(
            total=len(running),
            healthy=len(running),
            connected=states.count(MeshState.CONNECTED),
            disconnected=states.count(MeshState.DISCONNECTED),
            unhealthy=0,
            failed=states.count(MeshState.FAILED),
            restarts=0,
            max_event_loop_lag_ms=1.0,
            memory_bytes=20_000_000 * len(running),
        )

    def process_health(self, mesh_id: str) -> ProcessHealth:
        """Return one."""
        if mesh_id not in self:
            raise unknown_mesh(mesh_id, self.mesh_ids())
        return self._health(mesh_id)

    async def poll(self) -> PollReport:
        """Return at once, or when the gate opens."""
        self._of.polled.set()
        if self._of.gate is not None:
            await self._of.gate.wait()
        self._of.polls += 1
        meshes = self.meshes()
        return PollReport(answers=len(meshes), total=len(meshes), duration_ms=1.5, meshes=meshes)

    async def discover(self) -> DiscoveryReport:
        """Find nothing new."""
        return DiscoveryReport(found=len(self._of.states), duration_ms=2.0)

    async def start(self, mesh_id: str) -> None:
        """Connect."""
        self._of.states[mesh_id] = MeshState.CONNECTED

    async def stop(self, mesh_id: str) -> None:
        """Stop."""
        if self._of.broken == mesh_id:
            raise MeshvisorError(f"The process of {mesh_id} does not end.")
        self._of.states[mesh_id] = MeshState.STOPPED

    async def restart(self, mesh_id: str) -> None:
        """Spawn."""
        self._of.states[mesh_id] = MeshState.SPAWNING

    def _state(self, mesh_id: str) -> MeshState:
        return self._of.states[mesh_id]

    def _health(self, mesh_id: str) -> ProcessHealth:
        state = self._of.states[mesh_id]
        runs = state in WITH_PROCESS
        return ProcessHealth(
            mesh_id=mesh_id,
            state=state,
            pid=4000 + list(self._of.states).index(mesh_id) if runs else None,
            uptime_seconds=8000.0 if runs else None,
            restarts=0,
            connection_attempts=0,
            is_healthy=runs,
            event_loop_lag_ms=0.8 if runs else None,
            memory_bytes=21_300_000 if runs else None,
            last_error=None if runs else self._of.last_error,
            server=SERVER,
            counters={"messages_received": 7},
        )


@dataclass
class InMemorySupervisor:
    """Implements `supervisor.life.Life`."""

    states: dict[str, MeshState]
    blocklist: Blocklist | None = None
    logs: Lines = field(default_factory=Lines)
    stopping: bool = False
    last_error: str = "kicked by somebody"
    """Of meshes without a process."""
    broken: str | None = None
    """Makes stopping fail for this mesh, and everything crash when it is `everything`."""
    gate: asyncio.Event | None = None
    """`poll` waits for it."""
    polled: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when a `poll` has begun."""
    polls: int = 0
    """That have ended."""
    started_at: float = 987.5
    skipped_plugins: tuple[SkippedPlugin, ...] = ()
    services: Services = field(default_factory=Services)
    """Whom requests ask: what follows, and what a test adds."""

    def __post_init__(self) -> None:
        fleet = InMemoryFleet(self)
        reporting = Reporting()
        reporting.add(fleet)
        self.status = StatusReporter(self, reporting, ManualClock())
        self.services.provide(Life, self)
        self.services.provide(StatusReporter, self.status)
        self.services.provide(LogCollector, self.logs)
        self.services.provide(FleetOperations, fleet)
        self.services.provide(KnownMeshes, fleet)

    @classmethod
    def of(cls, *mesh_ids: str) -> InMemorySupervisor:
        """Return one whose meshes are all connected."""
        return cls(dict.fromkeys(mesh_ids, MeshState.CONNECTED))

    # ---- What is real ------------------------------------------------------------------------

    def administer(self, opened: OpenDirectory, home: Home) -> None:
        """Take over a real directory, for a fleet of which each bot has some commands."""
        fleet = SmallFleet()
        administration = Administration(opened, SystemClock(), fleet)
        if self.services.find(AuditLog) is None:
            self.services.provide(AuditLog, opened.audit)
        self.services.provide(Identity, Identity(home, opened.directory))
        self.services.provide(Platform, Platform(opened.directory, default_settings()))
        self.services.provide(Administration, administration)
        self.services.provide(Session, Session(opened, fleet, _same))

    def keep_blocklist(self, home: Home, clock: Clock) -> None:
        """Have the blocklist of a home."""
        self.blocklist = Blocklist(home.root / "blocklist.json", clock)
        self.blocklist.load()
        blocklist = OperatorBlocklist(self.blocklist, clock, lambda _by_hand: None)
        self.services.provide(OperatorBlocklist, blocklist)

    def take_jobs(self, jobs: InMemoryJobs) -> None:
        """Have jobs."""
        self.services.provide(JobService, jobs)
        self.services.provide(LiveJobs, cast("LiveJobs", jobs))

    # ---- Life --------------------------------------------------------------------------------

    @property
    def state(self) -> str:
        """As `status` shows it."""
        return "stopping" if self.stopping else "running"

    def get_status(self) -> StatusReport:
        """Return the states."""
        return self.status.report()

    def refuse_while_stopping(self) -> None:
        """Let anything begin."""

    async def reload(self) -> ReloadReport:
        """Change one setting."""
        return ReloadReport(changed=("fleet.max_processes",))

    def request_shutdown(self, reason: str, *, insists: bool) -> None:
        """Remember it."""
        self.stopping = True


async def _same(account: Account) -> Account:
    return account


async def _serve(home: Home, meshes: int, unstoppable: str = "", error: str = "") -> None:
    supervisor = InMemorySupervisor.of(*(f"room-{number}" for number in range(meshes)))
    supervisor.broken = unstoppable
    supervisor.logs.add("room-0", "hello")
    if error:
        supervisor.states["room-0"] = MeshState.FAILED
        supervisor.last_error = error
        supervisor.logs.add("room-0", error)
    prepare_home(home)
    opened = open_directory(home, default_settings(), SystemClock())
    await opened.directory.start()
    supervisor.administer(opened, home)
    supervisor.keep_blocklist(home, SystemClock())
    async with in_memory_jobs(home) as jobs:
        jobs.views = run_of_one(waiting=(info(2, "queued"),))
        supervisor.take_jobs(jobs)
        events = EventService(opened.store, default_settings(), SystemClock())
        supervisor.services.provide(EventService, events)
        supervisor.services.provide(EventReader, events)
        await events.start()
        await _serve_until_asked(home, supervisor)
        await events.stop(Stopping(0, asyncio.Event()))
    await close_directory(opened)


async def _serve_until_asked(home: Home, supervisor: InMemorySupervisor) -> None:
    server = ControlServer(home.control_socket, supervisor.services)
    ended = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, ended.set)
    await server.start()
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    while not supervisor.stopping and not ended.is_set():
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(ended.wait(), 0.05)
    await server.stop(stopping())


if __name__ == "__main__":
    asyncio.run(_serve(Home(Path(sys.argv[1])), int(sys.argv[2]), *sys.argv[3:]))
