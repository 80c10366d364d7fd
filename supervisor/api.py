"""What the control socket may ask of a running supervisor.

Owns the answers, each from the part that knows it.  Does not own the supervisor's life
(`service`) nor the socket (`supervisor.control`).
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from meshvisor.features.access.supervisor.administration.administration import Administration
from meshvisor.features.access.supervisor.administration.chat.request import AdministrationServices
from meshvisor.features.access.supervisor.administration.session import Session
from meshvisor.features.access.supervisor.identity import Identity
from meshvisor.features.blocklist.supervisor.blocklist import Blocklist
from meshvisor.features.blocklist.supervisor.operator_blocklist import OperatorBlocklist
from meshvisor.features.blocklist.supervisor.services import BlocklistKeeper
from meshvisor.features.fleet.supervisor import reports
from meshvisor.features.fleet.supervisor.discovery import Discovery
from meshvisor.features.fleet.supervisor.manager import FleetManager
from meshvisor.features.fleet.supervisor.monitor import Monitor
from meshvisor.features.fleet.supervisor.stopped import StoppedMeshes
from meshvisor.features.jobs.supervisor.live import LiveJobs
from meshvisor.shared.clock import Clock
from meshvisor.shared.control.results import (
    DiscoveryReport,
    HealthStats,
    PlatformReport,
    PollReport,
    ProcessHealth,
    ReloadReport,
    SkippedPlugin,
    StatusReport,
    SupervisorStatus,
    WantedMesh,
)
from meshvisor.shared.version import VERSION
from meshvisor.supervisor.kernel import Kernel
from meshvisor.supervisor.logs.collector import LogCollector
from meshvisor.supervisor.reporting import Reporting


class Life(Protocol):
    """The supervisor itself."""

    state: str
    started_at: float

    @property
    def skipped_plugins(self) -> tuple[SkippedPlugin, ...]:
        """Plug-ins that are not in use as they are on the disk, and why."""
        ...

    def refuse_while_stopping(self) -> None:
        """Raise a `MeshvisorError` when it is too late to begin anything."""
        ...

    async def reload(self) -> ReloadReport:
        """Read the settings again and change what changed."""
        ...

    def request_shutdown(self, reason: str, *, insists: bool) -> None:
        """Begin a graceful stop; when it insists, a second time hurries."""
        ...


@dataclass(frozen=True, slots=True)
class ApiParts:
    """Those who know."""

    life: Life
    identity: Identity
    fleet: FleetManager
    stopped: StoppedMeshes
    monitor: Monitor
    blocklist: Blocklist
    discovery: Discovery
    keeper: BlocklistKeeper
    services: AdministrationServices
    jobs: LiveJobs
    logs: LogCollector
    clock: Clock
    reporting: Reporting


def make_api(life: Life, kernel: Kernel) -> OperatorApi:
    """Return what the control socket may ask of a supervisor with all features."""
    need = kernel.services.need
    return OperatorApi(
        ApiParts(
            life=life,
            identity=need(Identity),
            fleet=need(FleetManager),
            stopped=need(StoppedMeshes),
            monitor=need(Monitor),
            blocklist=need(Blocklist),
            discovery=need(Discovery),
            keeper=need(BlocklistKeeper),
            services=AdministrationServices(need(Administration), need(Session)),
            jobs=need(LiveJobs),
            logs=kernel.logs,
            clock=kernel.clock,
            reporting=kernel.reporting,
        )
    )


class OperatorApi:
    """Implements `supervisor.control.supervisor_api.SupervisorApi`."""

    def __init__(self, parts: ApiParts) -> None:
        self._parts = parts

    @property
    def logs(self) -> LogCollector:
        """What all meshes log."""
        return self._parts.logs

    @property
    def administration(self) -> Administration:
        """Admins and permissions."""
        return self._parts.services.administration

    @property
    def session(self) -> Session:
        """The bot's account."""
        return self._parts.services.session

    @property
    def jobs(self) -> LiveJobs:
        """Jobs."""
        return self._parts.jobs

    # ---- The supervisor ----------------------------------------------------------------------

    def get_platform(self) -> PlatformReport:
        """Return where the bot's account is."""
        platform = self._parts.identity.platform
        return PlatformReport(url=platform.login_url or platform.url, server=platform.server)

    async def reload(self) -> ReloadReport:
        """Read the settings again and change what changed; `SettingsError` changes nothing."""
        return await self._parts.life.reload()

    def request_shutdown(self) -> None:
        """Begin a graceful stop; returns at once, idempotent."""
        self._parts.life.request_shutdown("'meshvisor shutdown'", insists=False)

    # ---- The fleet ---------------------------------------------------------------------------

    @property
    def blocklist(self) -> OperatorBlocklist:
        """The blocklist; a change wakes the fleet."""
        return OperatorBlocklist(self._parts.blocklist, self._parts.fleet.changed)

    async def save_blocklist(self) -> str | None:
        """Return when the blocklist is on the disk: None, or why it cannot be written."""
        return await self._parts.keeper.save_now()

    def get_status(self) -> StatusReport:
        """Return the last known state of everything, without asking anybody."""
        now, reporting = self._parts.clock.monotonic(), self._parts.reporting
        return StatusReport(
            supervisor=SupervisorStatus(
                pid=os.getpid(),
                state=self._parts.life.state,
                version=VERSION,
                uptime_seconds=round(now - self._parts.life.started_at, 3),
                problems=tuple(reporting.problems()),
                notices=tuple(reporting.notices()),
                skipped_plugins=self._parts.life.skipped_plugins,
                **reporting.supervisor_fields(),
            ),
            **reporting.report_fields(),
        )

    def get_health_stats(self) -> HealthStats:
        """Return sums over all workers, without asking anybody."""
        return reports.health_stats(self._parts.fleet.records.values())

    def get_process_health(self, mesh_id: str) -> ProcessHealth | None:
        """Return what is known of one mesh; None when there is no such mesh."""
        record = self._parts.fleet.records.get(mesh_id)
        if record is None:
            return None
        process = record.process
        age = self._parts.monitor.heartbeat_age(process) if process is not None else None
        blocks = reports.blocks([record], self._parts.blocklist, self._parts.clock.wall())
        now = self._parts.clock.monotonic()
        return reports.process_health(record, now, age, blocks.get(mesh_id))

    async def poll(self) -> PollReport:
        """Ask every worker now; ends when all have answered or a deadline has passed."""
        asked = self._parts.fleet.processes()
        before = self._parts.clock.monotonic()
        await self._parts.monitor.poll()
        duration = self._parts.clock.monotonic() - before
        silent = [p.mesh_id for p in asked if p.last_status is None or p.last_status_at < before]
        return PollReport(
            answers=len(asked) - len(silent),
            total=len(asked),
            duration_ms=round(duration * 1000, 3),
            unanswered=tuple(silent),
            meshes=self.get_status().meshes,
        )

    async def start_mesh(self, mesh_id: str) -> None:
        """Start a mesh that is stopped or failed; nothing happens when it runs."""
        self._parts.life.refuse_while_stopping()
        self._parts.fleet.start(mesh_id)
        await self._parts.stopped.keep(mesh_id)

    async def stop_mesh(self, mesh_id: str) -> None:
        """Stop a mesh until it is started again; returns when its process is gone."""
        # Kept meanwhile: whoever asked need not wait until it is gone, and may leave.
        await asyncio.gather(
            self._parts.fleet.stop_mesh(mesh_id), self._parts.stopped.keep(mesh_id)
        )

    async def restart_mesh(self, mesh_id: str) -> None:
        """Replace the process of a mesh, or start it; returns when the old one is gone."""
        self._parts.life.refuse_while_stopping()
        record = self._parts.fleet.records.get(mesh_id)
        old = record.process if record is not None else None
        self._parts.fleet.restart(mesh_id)
        await self._parts.stopped.keep(mesh_id)
        if old is not None:
            # Shielded: whoever asked may leave, others wait for the same end.
            await asyncio.shield(old.exited)

    def get_meshes(self) -> Sequence[WantedMesh]:
        """Return every mesh that discovery wants or that still has a process."""
        return [reports.wanted_mesh(record) for record in self._parts.fleet.records.values()]

    async def discover_now(self) -> DiscoveryReport:
        """Ask all sources for meshes and act on the answer."""
        return await self._parts.discovery.poll()
