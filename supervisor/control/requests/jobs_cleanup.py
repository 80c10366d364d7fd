"""`jobs_cleanup`: forget jobs that ended long ago."""

from __future__ import annotations

from shared.control.job_messages import CleanUpJobs
from shared.control.job_results import CleanUpReport
from supervisor.audit.log import Actor
from supervisor.control.jobs_api import JobsApi


async def handle(request: CleanUpJobs, jobs: JobsApi, actor: Actor) -> CleanUpReport:
    """Forget them."""
    return await jobs.cleanup(request.older_than, actor)
