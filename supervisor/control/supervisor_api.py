"""What the control socket needs from the supervisor: one Protocol, implemented by the fleet.

Owns the interface only.  Requests call nothing but this, so they can be tested against a small
in-memory supervisor, and the fleet can change inside without a request noticing.

Whatever a method cannot do because of the caller it says with a `MeshvisorError`, whose message
and exit code reach the caller as they are.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from meshvisor.features.access.supervisor.administration.administration import Administration
from meshvisor.features.access.supervisor.administration.session import Session
from meshvisor.features.blocklist.outcomes import BlocklistApi
from meshvisor.features.jobs.requests.api import LiveJobsApi
from meshvisor.shared.control.results import (
    DiscoveryReport,
    HealthStats,
    LogLine,
    PlatformReport,
    PollReport,
    ProcessHealth,
    ReloadReport,
    StatusReport,
    WantedMesh,
)


class LogsApi(Protocol):
    """The last log lines of all meshes and the flow of new ones."""

    def tail(self, mesh_id: str | None, lines: int) -> Sequence[LogLine]:
        """Return up to `lines` of the newest, oldest first; None: all meshes, merged by time."""
        ...

    def subscribe(self, receive: Callable[[LogLine], None]) -> Callable[[], None]:
        """Call `receive` for each new line of every mesh until the returned function is called.

        `receive` must not block and must not raise; bounding what piles up is its business.
        """
        ...


class DirectoryApi(Protocol):
    """The directory, with a running supervisor or without."""

    @property
    def administration(self) -> Administration:
        """Admins and permissions."""
        ...

    @property
    def session(self) -> Session:
        """The bot's account."""
        ...


class SupervisorApi(DirectoryApi, Protocol):
    """A running supervisor, as requests see it."""

    @property
    def blocklist(self) -> BlocklistApi:
        """The blocklist; whoever changes it wakes the fleet."""
        ...

    @property
    def jobs(self) -> LiveJobsApi:
        """Jobs."""
        ...

    @property
    def logs(self) -> LogsApi:
        """What all meshes log."""
        ...

    def get_platform(self) -> PlatformReport:
        """Return where the bot's account is."""
        ...

    async def save_blocklist(self) -> str | None:
        """Return when the blocklist is on the disk: None, or why it cannot be written."""
        ...

    def get_status(self) -> StatusReport:
        """Return the last known state of everything, without asking anybody."""
        ...

    def get_health_stats(self) -> HealthStats:
        """Return sums over all workers, without asking anybody."""
        ...

    def get_process_health(self, mesh_id: str) -> ProcessHealth | None:
        """Return what is known of one mesh; None when there is no such mesh."""
        ...

    async def poll(self) -> PollReport:
        """Ask every worker now; ends when all have answered or a deadline has passed."""
        ...

    async def start_mesh(self, mesh_id: str) -> None:
        """Start a mesh that is stopped or failed; nothing happens when it runs."""
        ...

    async def stop_mesh(self, mesh_id: str) -> None:
        """Stop a mesh until it is started again; returns when its process is gone."""
        ...

    async def restart_mesh(self, mesh_id: str) -> None:
        """Replace the process of a mesh, or start it; returns when the old one is gone."""
        ...

    def get_meshes(self) -> Sequence[WantedMesh]:
        """Return every mesh that discovery wants or that still has a process."""
        ...

    async def discover_now(self) -> DiscoveryReport:
        """Ask all sources for meshes and act on the answer."""
        ...

    async def reload(self) -> ReloadReport:
        """Read the settings again and change what changed; `SettingsError` changes nothing."""
        ...

    def request_shutdown(self) -> None:
        """Begin a graceful stop; returns at once, idempotent."""
        ...
