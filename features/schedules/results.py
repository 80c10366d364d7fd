"""What requests about schedules return: the JSON that `--json` prints (docs/cli.md).

Owns the shapes, by the rules of `shared.control.results`.
"""

from __future__ import annotations

from typing import Any

from pydantic import Field

from meshvisor.features.jobs.model.job import FINISHED
from meshvisor.shared.control.results import Result


class ScheduleRun(Result):
    """A planned time that has come, and what became of it."""

    planned_at: str
    """For which it was planned; of one that was started by hand when that was."""
    status: str
    """`skipped`, `missed`, `waiting` (for an earlier run), or the status of its job."""
    reason: str | None
    """Why it was skipped or missed, or waits; None: it was not."""
    started_by: str | None
    """None: by itself."""
    job_id: int | None
    attempt: int | None
    duration_ms: int | None
    """From the beginning of its job to its end; None: it is not over, or never began."""
    error: str | None
    """One sentence."""
    traceback: str | None
    """What its action has raised last, with the lines of its code; None: nothing, or unknown."""

    @property
    def is_over(self) -> bool:
        """Whether it has been a job that has ended."""
        return self.status in FINISHED


class RunMark(Result):
    """A planned time that has come, in a row of many."""

    planned_at: str
    status: str
    """As of `ScheduleRun`."""
    job_id: int | None


def _is_nothing(value: object) -> bool:
    return value is None


class ScheduleInfo(Result):
    """One schedule."""

    name: str
    cron: str | None
    """None: it runs after others; here and below also: its definition cannot be understood."""
    after: tuple[str, ...]
    """Schedules after whose success it runs."""
    meaning: str | None
    """When it runs, in words."""
    timezone: str | None
    enabled: bool
    source: str
    """`built in`, `settings` or `run time`."""
    changed: bool
    """Whether an entry of the settings was changed at run time."""
    action: str | None
    mesh_id: str | None
    problem: str | None
    """Why it cannot run, such as that no plug-in has its action; None: it can."""
    next_at: str | None
    """None: never, or it is disabled."""
    last_run: ScheduleRun | None
    """None: none is in the history."""
    last_runs: tuple[RunMark, ...] | None = Field(None, exclude_if=_is_nothing)
    """Newest first, as many as were asked for; left out: none were."""


class ScheduleList(Result):
    """Answer to `schedules_list`."""

    schedules: tuple[ScheduleInfo, ...]
    """By name."""
    more: bool
    """Whether there are others behind the last one."""


class ScheduleReport(ScheduleInfo):
    """Answer to `schedules_show`."""

    definition: dict[str, Any] | None
    """All that is set, as in `[[schedules]]`."""
    upcoming: tuple[str, ...]
    """The next five planned times, in its zone."""


class ScheduleHistory(Result):
    """Answer to `schedules_history`."""

    name: str
    runs: tuple[ScheduleRun, ...]
    """Newest first."""
    more: bool


class ScheduleTimes(Result):
    """Answer to `schedules_next`."""

    name: str
    timezone: str
    upcoming: tuple[str, ...]
    after: tuple[str, ...]
    """Schedules after whose success it runs; its times are not known then."""


class Spread(Result):
    """Milliseconds of many."""

    p50: int
    p99: int
    highest: int


class ScheduleRates(Result):
    """How one schedule has run."""

    name: str
    completed: int
    failed: int
    cancelled: int
    skipped: int
    missed: int
    success_rate: float | None
    """Of those that are completed or failed, between 0 and 1; None: there are none."""
    duration_ms: Spread | None
    """From the beginning of a job to its end; None: none has ended."""
    drift_ms: Spread | None
    """From the planned time, its jitter included, until it was acted on; None: none was."""


class ScheduleStats(Result):
    """Answer to `schedules_stats`."""

    days: float
    """Of how many days planned times count."""
    schedules: tuple[ScheduleRates, ...]
    """By name."""
    more: bool


class ScheduleCleanup(Result):
    """Answer to `schedules_cleanup`."""

    removed: int
    """Planned times that are not in the history any more."""


class ScheduleMeaning(Result):
    """Answer to `schedules_check`."""

    cron: str
    """As it would be kept."""
    meaning: str
    """When it runs, in words."""
    timezone: str
    upcoming: tuple[str, ...]
    """The next five planned times, in its zone."""


class ScheduleRemoved(Result):
    """Answer to `schedules_remove`."""

    name: str
    removed: bool
    """Whether it is gone; else its changes are, and the settings hold again."""
    followers: tuple[str, ...] = ()
    """Schedules that run after it, and do not fire any more once it is gone."""


class ScheduleStarted(Result):
    """Answer to `schedules_start` and `schedules_restart`."""

    name: str
    planned_at: str
    job_id: int


class ScheduleStopped(Result):
    """Answer to `schedules_stop`."""

    name: str
    cancelled: tuple[int, ...]
    """Jobs that are cancelled, or about to be."""
    skipped: int
    """Fires that waited."""
