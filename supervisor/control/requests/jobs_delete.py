"""`jobs_delete`: forget jobs with all that is known of them."""

from __future__ import annotations

from shared.control.job_messages import DeleteJobs
from shared.control.job_results import JobOutcomes
from supervisor.audit.log import Actor
from supervisor.control.jobs_api import JobsApi


async def handle(request: DeleteJobs, jobs: JobsApi, actor: Actor) -> JobOutcomes:
    """Delete them."""
    return await jobs.delete(request.job_ids, request.force, actor)
