"""A small supervisor that does what it says without any process: for tests of what talks to it.

Run as a program it serves a home until SIGTERM or `shutdown`, and says `ready` when it listens:
`python -m tests.supervisor.control.in_memory HOME MESHES [MESH_THAT_CANNOT_BE_STOPPED [ERROR]]`,
where the last one is the last error of a mesh that is not there any more, and a line of its log.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from meshvisor.features.access.supervisor.administration.administration import Administration
from meshvisor.features.access.supervisor.administration.opening import (
    OpenDirectory,
    open_directory,
)
from meshvisor.features.access.supervisor.administration.session import Session
from meshvisor.features.access.supervisor.directory.model import Account
from meshvisor.shared.clock import SystemClock
from meshvisor.shared.control.results import (
    BlocklistStats,
    DirectoryStatus,
    DiscoveryReport,
    HealthStats,
    LogLine,
    PlatformReport,
    PollReport,
    ProcessHealth,
    ReloadReport,
    StatusReport,
    SupervisorStatus,
    Totals,
    WantedMesh,
)
from meshvisor.shared.errors import MeshvisorError
from meshvisor.shared.model.mesh import WITH_PROCESS, MeshState
from meshvisor.shared.paths import Home
from meshvisor.shared.settings.model import default_settings
from meshvisor.shared.version import VERSION
from meshvisor.supervisor.app import prepare_home
from meshvisor.supervisor.control.server import ControlServer
from tests.directories import SmallFleet
from tests.supervisor.control.in_memory_jobs import in_memory_jobs, info, run_of_one

SERVER = "ws://127.0.0.1:8484"


@dataclass(frozen=True)
class Entry:
    """One blocked mesh."""

    mesh_id: str
    reason: str
    blocked_at: int
    blocked_until: int | None
    problem: str | None = None


class Blocks:
    """A blocklist in memory whose clock stands at one second after the epoch."""

    def __init__(self) -> None:
        self._entries: dict[str, Entry] = {}

    def block(self, mesh_id: str, reason: str, duration: float | None) -> None:
        """Block."""
        until = None if duration is None else 1000 + int(duration * 1000)
        self._entries[mesh_id] = Entry(mesh_id, reason, 1000, until)

    def unblock(self, mesh_id: str) -> bool:
        """Unblock."""
        return self._entries.pop(mesh_id, None) is not None

    def is_blocked(self, mesh_id: str) -> bool:
        """Say whether."""
        return mesh_id in self._entries

    def get_stats(self) -> BlocklistStats:
        """Count."""
        ever = sum(entry.blocked_until is None for entry in self._entries.values())
        total = len(self._entries)
        return BlocklistStats(total=total, permanent=ever, temporary=total - ever)

    def entries(self) -> Sequence[Entry]:
        """List."""
        return list(self._entries.values())


class Lines:
    """Log lines in memory."""

    def __init__(self) -> None:
        self.lines: list[LogLine] = []
        self.receivers: list[Callable[[LogLine], None]] = []

    def add(self, mesh_id: str | None, text: str) -> None:
        """Log one line."""
        line = LogLine(mesh_id=mesh_id, ts=float(len(self.lines)), level="info", text=text)
        self.lines.append(line)
        for receive in self.receivers:
            receive(line)

    def tail(self, mesh_id: str | None, lines: int) -> Sequence[LogLine]:
        """Return the newest."""
        return [line for line in self.lines if mesh_id in {None, line.mesh_id}][-lines:]

    def subscribe(self, receive: Callable[[LogLine], None]) -> Callable[[], None]:
        """Follow."""
        self.receivers.append(receive)
        return lambda: self.receivers.remove(receive)


@dataclass
class InMemorySupervisor:
    """Implements `supervisor.control.supervisor_api.SupervisorApi`."""

    states: dict[str, MeshState]
    blocklist: Blocks = field(default_factory=Blocks)
    administration: Any = None
    """Of a real directory, where a test has one."""
    session: Any = None
    jobs: Any = None
    """Those of a real database, where a test has one."""
    logs: Lines = field(default_factory=Lines)
    stopping: bool = False
    last_error: str = "kicked by somebody"
    """Of meshes without a process."""
    broken: str | None = None
    """Makes `stop_mesh` fail for this mesh, and everything crash when it is `everything`."""
    gate: asyncio.Event | None = None
    """`poll` waits for it."""
    polled: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when a `poll` has begun."""
    polls: int = 0
    """That have ended."""

    @classmethod
    def of(cls, *mesh_ids: str) -> InMemorySupervisor:
        """Return one whose meshes are all connected."""
        return cls(dict.fromkeys(mesh_ids, MeshState.CONNECTED))

    def administer(self, opened: OpenDirectory) -> None:
        """Take over a real directory, for a fleet of which each bot has some commands."""
        fleet = SmallFleet()
        self.administration = Administration(opened, SystemClock(), fleet)
        self.session = Session(opened, fleet, _same)

    async def save_blocklist(self) -> str | None:
        """Do nothing: it is kept in memory."""
        return None

    def get_platform(self) -> PlatformReport:
        """Return nowhere."""
        return PlatformReport(url="", server=SERVER)

    def get_status(self) -> StatusReport:
        """Return the states."""
        if self.broken == "everything":
            raise RuntimeError("a bug")
        states = list(self.states.values())
        return StatusReport(
            supervisor=SupervisorStatus(
                pid=os.getpid(),
                state="stopping" if self.stopping else "running",
                version=VERSION,
                uptime_seconds=12.5,
                directory=DirectoryStatus(backend="sqlite", reachable=True),
            ),
            totals=Totals(
                meshes=len(states),
                connected=states.count(MeshState.CONNECTED),
                unhealthy=states.count(MeshState.UNHEALTHY),
                failed=states.count(MeshState.FAILED),
                blocked=self.blocklist.get_stats().total,
                blocked_permanently=self.blocklist.get_stats().permanent,
            ),
            meshes=tuple(self._health(mesh_id) for mesh_id in self.states),
        )

    def get_health_stats(self) -> HealthStats:
        """Return sums."""
        states = list(self.states.values())
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

    def get_process_health(self, mesh_id: str) -> ProcessHealth | None:
        """Return one."""
        return self._health(mesh_id) if mesh_id in self.states else None

    async def poll(self) -> PollReport:
        """Return at once, or when the gate opens."""
        self.polled.set()
        if self.gate is not None:
            await self.gate.wait()
        self.polls += 1
        status = self.get_status()
        total = len(status.meshes)
        return PollReport(answers=total, total=total, duration_ms=1.5, meshes=status.meshes)

    async def start_mesh(self, mesh_id: str) -> None:
        """Connect."""
        self.states[mesh_id] = MeshState.CONNECTED

    async def stop_mesh(self, mesh_id: str) -> None:
        """Stop."""
        if self.broken == mesh_id:
            raise MeshvisorError(f"The process of {mesh_id} does not end.")
        self.states[mesh_id] = MeshState.STOPPED

    async def restart_mesh(self, mesh_id: str) -> None:
        """Spawn."""
        self.states[mesh_id] = MeshState.SPAWNING

    def get_meshes(self) -> Sequence[WantedMesh]:
        """Return all."""
        return [
            WantedMesh(
                mesh_id=mesh_id,
                state=state,
                server=SERVER,
                source="settings",
                waiting_for="a free place" if state is MeshState.WAITING else None,
            )
            for mesh_id, state in self.states.items()
        ]

    async def discover_now(self) -> DiscoveryReport:
        """Find nothing new."""
        return DiscoveryReport(found=len(self.states), duration_ms=2.0)

    async def reload(self) -> ReloadReport:
        """Change one setting."""
        return ReloadReport(changed=("fleet.max_processes",))

    def request_shutdown(self) -> None:
        """Remember it."""
        self.stopping = True

    def _health(self, mesh_id: str) -> ProcessHealth:
        state = self.states[mesh_id]
        runs = state in WITH_PROCESS
        return ProcessHealth(
            mesh_id=mesh_id,
            state=state,
            pid=4000 + list(self.states).index(mesh_id) if runs else None,
            uptime_seconds=8000.0 if runs else None,
            restarts=0,
            connection_attempts=0,
            is_healthy=runs,
            event_loop_lag_ms=0.8 if runs else None,
            memory_bytes=21_300_000 if runs else None,
            last_error=None if runs else self.last_error,
            server=SERVER,
            counters={"messages_received": 7},
        )


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
    supervisor.administer(opened)
    async with in_memory_jobs(home) as jobs:
        jobs.views = run_of_one(waiting=(info(2, "queued"),))
        supervisor.jobs = jobs
        await _serve_until_told(ControlServer(home.control_socket, supervisor), supervisor)
    await opened.close()


async def _serve_until_told(server: ControlServer, supervisor: InMemorySupervisor) -> None:
    ended = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, ended.set)
    await server.start()
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    while not supervisor.stopping and not ended.is_set():
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(ended.wait(), 0.05)
    await server.stop()


if __name__ == "__main__":
    asyncio.run(_serve(Home(Path(sys.argv[1])), int(sys.argv[2]), *sys.argv[3:]))
