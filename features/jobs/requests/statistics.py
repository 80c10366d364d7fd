"""Jobs in numbers: `jobs_stats`, `jobs_durations`, `jobs_errors`."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from meshvisor.features.jobs.requests.fields import ActionName
from meshvisor.features.jobs.requests.fitting import fitting
from meshvisor.features.jobs.requests.limits import MAX_AGE, MAX_LISTED
from meshvisor.features.jobs.results import DurationReport, ErrorList, JobStats
from meshvisor.features.jobs.supervisor.service import JobService
from meshvisor.shared.control.request import Request
from meshvisor.supervisor.control.handling import Call, handles


class GetJobStats(Request):
    """How many jobs there are in which state."""

    type: Literal["jobs_stats"] = "jobs_stats"


@handles(GetJobStats, offline=True)
async def count_jobs(_request: GetJobStats, call: Call) -> JobStats:
    """Count them."""
    return await call.need(JobService).stats()


class GetDurations(Request):
    """How long jobs of each action took and waited, how many there were, and how they ended."""

    type: Literal["jobs_durations"] = "jobs_durations"
    since: float = Field(86_400, gt=0, le=MAX_AGE)
    """Seconds back, to the full hour."""
    action: ActionName | None = None
    """None: all of them."""


@handles(GetDurations, offline=True)
async def show_durations(request: GetDurations, call: Call) -> DurationReport:
    """Return them by action."""
    return await call.need(JobService).durations(request.since, request.action)


class ListErrors(Request):
    """What went wrong with jobs, newest first; kept for 30 days, whatever becomes of the jobs."""

    type: Literal["jobs_errors"] = "jobs_errors"
    since: float = Field(86_400, gt=0, le=MAX_AGE)
    """Seconds back."""
    action: ActionName | None = None
    """None: all of them."""
    limit: int = Field(100, ge=1, le=MAX_LISTED)


@handles(ListErrors, offline=True)
async def list_errors(request: ListErrors, call: Call) -> ErrorList:
    """Return them, fewer where they would not fit into a frame."""
    found = await call.need(JobService).errors(request.since, request.action, request.limit)
    fit = fitting(found.errors)
    return found if len(fit) == len(found.errors) else ErrorList(errors=fit, more=True)
