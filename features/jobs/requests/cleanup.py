"""`jobs_cleanup`: forget jobs that ended long ago."""

from __future__ import annotations

from meshvisor.features.jobs.requests.api import JobsApi
from meshvisor.features.jobs.requests.models import CleanUpJobs
from meshvisor.features.jobs.results import CleanUpReport
from meshvisor.supervisor.audit.log import Actor


async def handle(request: CleanUpJobs, jobs: JobsApi, actor: Actor) -> CleanUpReport:
    """Forget them."""
    return await jobs.cleanup(request.older_than, actor)
