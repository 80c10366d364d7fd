"""Jobs as they are: `jobs_list`, `jobs_show`, `jobs_watch`, `jobs_why`, `jobs_next`."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from meshvisor.features.jobs.model.job import JobStatus
from meshvisor.features.jobs.requests.fields import ActionName, JobId, LaneName
from meshvisor.features.jobs.requests.fitting import fitting
from meshvisor.features.jobs.requests.limits import MAX_LISTED, MAX_QUEUED
from meshvisor.features.jobs.results import JobList, JobReport, QueueReport, WhyReport
from meshvisor.features.jobs.supervisor.ledger.reading import Filter
from meshvisor.features.jobs.supervisor.live import LiveJobs
from meshvisor.features.jobs.supervisor.service import JobService
from meshvisor.shared.control.request import MeshId, Request
from meshvisor.supervisor.control.handling import Call, Stream, handles


class ListJobs(Request):
    """Jobs that match, newest first."""

    type: Literal["jobs_list"] = "jobs_list"
    statuses: tuple[JobStatus, ...] = ()
    """Empty: any."""
    action: ActionName | None = None
    mesh_id: MeshId | None = None
    lane: LaneName | None = None
    created_by: str | None = None
    target: str | None = None
    before: JobId | None = None
    """The lowest id of the page before; None: the first page."""
    limit: int = Field(50, ge=1, le=MAX_LISTED)


@handles(ListJobs, offline=True)
async def list_jobs(request: ListJobs, call: Call) -> JobList:
    """Return one page, which is shorter than wanted where it would not fit into a frame."""
    wanted = Filter(
        request.statuses,
        request.action,
        request.mesh_id,
        request.lane,
        request.created_by,
        request.target,
        request.before,
    )
    page = await call.need(JobService).list_jobs(wanted, request.limit)
    fit = fitting(page.jobs)
    return page if len(fit) == len(page.jobs) else JobList(jobs=fit, more=True)


class ShowJob(Request):
    """One job, with its history."""

    type: Literal["jobs_show"] = "jobs_show"
    job_id: JobId


@handles(ShowJob, offline=True)
async def show_job(request: ShowJob, call: Call) -> JobReport:
    """Return it, or raise `UsageError` where there is none."""
    return await call.need(JobService).show(request.job_id)


class WatchJobs(Request):
    """Stream a `JobsView` now and after each change, a few times a second at most."""

    type: Literal["jobs_watch"] = "jobs_watch"
    job_id: JobId | None = None
    """Only this one, until it has ended; None: all that are not finished."""


@handles(WatchJobs)
def watch_jobs(request: WatchJobs, call: Call) -> Stream:
    """Return the views; with a job's number they end when it has.

    Raises:
        UsageError: there is no such job.
    """
    return call.need(LiveJobs).watch(request.job_id)


class WhyJob(Request):
    """Why a job does not run, and when it probably will."""

    type: Literal["jobs_why"] = "jobs_why"
    job_id: JobId


@handles(WhyJob, offline=True)
async def explain_job(request: WhyJob, call: Call) -> WhyReport:
    """Return the reasons, or raise `UsageError` where there is no such job."""
    return await call.need(JobService).why(request.job_id)


class GetQueue(Request):
    """In which order waiting jobs will run, and which pauses end by themselves."""

    type: Literal["jobs_next"] = "jobs_next"
    lane: LaneName | None = None
    """None: all in which jobs wait."""
    limit: int = Field(20, ge=1, le=MAX_QUEUED)
    """Jobs of each lane."""


@handles(GetQueue, offline=True)
async def show_queue(request: GetQueue, call: Call) -> QueueReport:
    """Return it lane by lane."""
    return await call.need(JobService).queue(request.lane, request.limit)
