"""`jobs_retry`: queue finished jobs anew."""

from __future__ import annotations

from shared.control.job_messages import RetryJobs
from shared.control.job_results import JobOutcomes
from supervisor.audit.log import Actor
from supervisor.control.jobs_api import JobsApi


async def handle(request: RetryJobs, jobs: JobsApi, actor: Actor) -> JobOutcomes:
    """Queue them."""
    return await jobs.retry(request.job_ids, actor)
