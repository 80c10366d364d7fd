"""`jobs_delete`: forget jobs with all that is known of them."""

from __future__ import annotations

from meshvisor.features.jobs.requests.api import JobsApi
from meshvisor.features.jobs.requests.models import DeleteJobs
from meshvisor.features.jobs.results import JobOutcomes
from meshvisor.supervisor.audit.log import Actor


async def handle(request: DeleteJobs, jobs: JobsApi, actor: Actor) -> JobOutcomes:
    """Delete them."""
    return await jobs.delete(request.job_ids, request.force, actor)
