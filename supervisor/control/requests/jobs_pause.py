"""`jobs_pause`: let jobs wait until somebody resumes them, or until a moment."""

from __future__ import annotations

from shared.control.job_messages import PauseJobs
from shared.control.job_results import JobOutcomes
from supervisor.audit.log import Actor
from supervisor.control.jobs_api import JobsApi


async def handle(request: PauseJobs, jobs: JobsApi, actor: Actor) -> JobOutcomes:
    """Pause them."""
    return await jobs.pause(request.job_ids, actor, request.until)
