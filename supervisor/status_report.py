"""The answer of `status`: the supervisor itself, and what its parts tell of themselves.

Owns the composition.  Does not own what a part tells (`reporting`).
"""

from __future__ import annotations

import os

from pydantic import ConfigDict

from meshvisor.shared.clock import Clock
from meshvisor.shared.control.results import Concern, Result, SkippedPlugin
from meshvisor.shared.version import VERSION
from meshvisor.supervisor.concerns import Concerns
from meshvisor.supervisor.life import Life
from meshvisor.supervisor.reporting import Reporting


class SupervisorStatus(Result):
    """The supervisor itself; parts of it add fields."""

    model_config = ConfigDict(extra="allow")

    pid: int
    state: str
    """`starting`, `running` or `stopping`."""
    version: str
    uptime_seconds: float
    problems: tuple[str, ...] = ()
    """What hinders the supervisor itself at present, each in one sentence."""
    notices: tuple[str, ...] = ()
    """What hinders nothing and is worth a look: what is on hold, jobs that get nowhere."""
    concerns: tuple[Concern, ...] = ()
    """Both of these, problems that have other fields, and skipped plug-ins, each with its code."""
    skipped_plugins: tuple[SkippedPlugin, ...] = ()
    """Until they are mended and taken over by a reload."""


class StatusReport(Result):
    """Answer to `status`; parts of it add fields."""

    model_config = ConfigDict(extra="allow")

    supervisor: SupervisorStatus


class StatusReporter:
    """Composes the answer of one supervisor."""

    def __init__(self, life: Life, reporting: Reporting, clock: Clock) -> None:
        self._life = life
        self._reporting = reporting
        self._clock = clock
        self.concerns = Concerns(reporting, clock)

    def report(self) -> StatusReport:
        """Return the last known state of everything, without asking any process."""
        uptime = round(self._clock.monotonic() - self._life.started_at, 3)
        supervisor = SupervisorStatus(
            pid=os.getpid(),
            state=self._life.state,
            version=VERSION,
            uptime_seconds=uptime,
            problems=tuple(map(str, self._reporting.problems())),
            notices=tuple(map(str, self._reporting.notices())),
            concerns=self.concerns.all(),
            skipped_plugins=self._life.skipped_plugins,
            **self._reporting.supervisor_fields(),
        )
        return StatusReport(supervisor=supervisor, **self._reporting.report_fields())
