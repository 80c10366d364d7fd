"""The whole answer of `status`, as a supervisor with all features gives it.

Each part is composed of what features add (`supervisor.status_report`); tests read it as one.
"""

from __future__ import annotations

from meshvisor.features.access.results import DirectoryStatus
from meshvisor.features.fleet.results import MeshStatus, Totals
from meshvisor.shared.control.results import Concern, Result, SkippedPlugin


class SupervisorStatus(Result):
    """The supervisor itself."""

    pid: int
    state: str
    """`starting`, `running`, `reloading` or `stopping`."""
    version: str
    uptime_seconds: float
    directory: DirectoryStatus
    jobs_problem: str | None = None
    """Why jobs cannot be written at present, in one sentence; None: they can."""
    problems: tuple[str, ...] = ()
    """What else hinders the supervisor itself at present, each in one sentence."""
    notices: tuple[str, ...] = ()
    """What hinders nothing and is worth a look: what is on hold, jobs that get nowhere."""
    concerns: tuple[Concern, ...] = ()
    """All of these and what has a field of its own, with codes and since when."""
    skipped_plugins: tuple[SkippedPlugin, ...] = ()
    """Until they are mended and taken over by a reload."""


class StatusReport(Result):
    """Answer to `status`."""

    supervisor: SupervisorStatus
    totals: Totals
    meshes: tuple[MeshStatus, ...]
