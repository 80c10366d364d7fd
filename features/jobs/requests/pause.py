"""`jobs_pause`: let jobs wait until somebody resumes them, or until a moment."""

from __future__ import annotations

from meshvisor.features.jobs.requests.api import JobsApi
from meshvisor.features.jobs.requests.models import PauseJobs
from meshvisor.features.jobs.results import JobOutcomes
from meshvisor.supervisor.audit.log import Actor


async def handle(request: PauseJobs, jobs: JobsApi, actor: Actor) -> JobOutcomes:
    """Pause them."""
    return await jobs.pause(request.job_ids, actor, request.until)
