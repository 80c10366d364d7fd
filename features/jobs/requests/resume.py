"""`jobs_resume`: let paused and interrupted jobs go on."""

from __future__ import annotations

from meshvisor.features.jobs.requests.api import JobsApi
from meshvisor.features.jobs.requests.models import ResumeJobs
from meshvisor.features.jobs.results import JobOutcomes
from meshvisor.supervisor.audit.log import Actor


async def handle(request: ResumeJobs, jobs: JobsApi, actor: Actor) -> JobOutcomes:
    """Let them go on."""
    return await jobs.resume(request.job_ids, actor)
