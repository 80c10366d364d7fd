"""Decisions about jobs: `jobs_pause`, `jobs_resume`, `jobs_cancel`, `jobs_retry`, `jobs_move`,
`jobs_mark`, `jobs_delete`, `jobs_cleanup`.
"""

from __future__ import annotations

from typing import Literal

from pydantic import AwareDatetime, Field

from meshvisor.features.jobs.model.job import MarkedJob
from meshvisor.features.jobs.requests.fields import JobIds, LaneName, Priority, Reason
from meshvisor.features.jobs.requests.limits import MAX_AGE
from meshvisor.features.jobs.results import CleanUpReport, JobOutcomes
from meshvisor.features.jobs.supervisor.service import JobService
from meshvisor.shared.control.request import Request
from meshvisor.supervisor.control.handling import Call, handles


class PauseJobs(Request):
    """Pause jobs until they are resumed; those that run stop at their next item."""

    type: Literal["jobs_pause"] = "jobs_pause"
    job_ids: JobIds
    until: AwareDatetime | None = None
    """When they go on by themselves; None: when they are resumed."""


@handles(PauseJobs, offline=True)
async def pause_jobs(request: PauseJobs, call: Call) -> JobOutcomes:
    """Pause them."""
    return await call.need(JobService).pause(request.job_ids, call.actor, request.until)


class ResumeJobs(Request):
    """Let paused and interrupted jobs go on when it is their turn."""

    type: Literal["jobs_resume"] = "jobs_resume"
    job_ids: JobIds


@handles(ResumeJobs, offline=True)
async def resume_jobs(request: ResumeJobs, call: Call) -> JobOutcomes:
    """Let them go on."""
    return await call.need(JobService).resume(request.job_ids, call.actor)


class CancelJobs(Request):
    """End jobs for good; those that run stop at their next item."""

    type: Literal["jobs_cancel"] = "jobs_cancel"
    job_ids: JobIds


@handles(CancelJobs, offline=True)
async def cancel_jobs(request: CancelJobs, call: Call) -> JobOutcomes:
    """End them."""
    return await call.need(JobService).cancel(request.job_ids, call.actor)


class RetryJobs(Request):
    """Queue finished jobs anew: their items that are failed or have no outcome."""

    type: Literal["jobs_retry"] = "jobs_retry"
    job_ids: JobIds


@handles(RetryJobs, offline=True)
async def retry_jobs(request: RetryJobs, call: Call) -> JobOutcomes:
    """Queue them."""
    return await call.need(JobService).retry(request.job_ids, call.actor)


class MoveJobs(Request):
    """Give jobs that wait another priority or lane."""

    type: Literal["jobs_move"] = "jobs_move"
    job_ids: JobIds
    priority: Priority | None = None
    """None: as it is."""
    lane: LaneName | None = None
    """None: as it is."""


@handles(MoveJobs, offline=True)
async def move_jobs(request: MoveJobs, call: Call) -> JobOutcomes:
    """Move them."""
    jobs = call.need(JobService)
    return await jobs.move(request.job_ids, request.priority, request.lane, call.actor)


class MarkJobs(Request):
    """Say by hand how jobs have ended; those that run stop at their next item."""

    type: Literal["jobs_mark"] = "jobs_mark"
    job_ids: JobIds
    status: MarkedJob
    reason: Reason | None = None


@handles(MarkJobs, offline=True)
async def mark_jobs(request: MarkJobs, call: Call) -> JobOutcomes:
    """Mark them."""
    jobs = call.need(JobService)
    return await jobs.mark(request.job_ids, request.status, request.reason, call.actor)


class DeleteJobs(Request):
    """Forget jobs with all that is known of them."""

    type: Literal["jobs_delete"] = "jobs_delete"
    job_ids: JobIds
    force: bool = False
    """Whether one that runs is cancelled first; otherwise it is refused."""


@handles(DeleteJobs, offline=True)
async def delete_jobs(request: DeleteJobs, call: Call) -> JobOutcomes:
    """Forget them."""
    return await call.need(JobService).delete(request.job_ids, request.force, call.actor)


class CleanUpJobs(Request):
    """Forget jobs that ended long ago, but never paused or interrupted ones."""

    type: Literal["jobs_cleanup"] = "jobs_cleanup"
    older_than: float | None = Field(None, ge=0, le=MAX_AGE)
    """Seconds since their end; None: as the settings say."""


@handles(CleanUpJobs, offline=True)
async def clean_up_jobs(request: CleanUpJobs, call: Call) -> CleanUpReport:
    """Forget them."""
    return await call.need(JobService).cleanup(request.older_than, call.actor)
