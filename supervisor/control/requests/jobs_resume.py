"""`jobs_resume`: let paused and interrupted jobs go on."""

from __future__ import annotations

from shared.control.job_messages import ResumeJobs
from shared.control.job_results import JobOutcomes
from supervisor.audit.log import Actor
from supervisor.control.jobs_api import JobsApi


async def handle(request: ResumeJobs, jobs: JobsApi, actor: Actor) -> JobOutcomes:
    """Let them go on."""
    return await jobs.resume(request.job_ids, actor)
