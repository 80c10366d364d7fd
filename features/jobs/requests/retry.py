"""`jobs_retry`: queue finished jobs anew."""

from __future__ import annotations

from meshvisor.features.jobs.requests.api import JobsApi
from meshvisor.features.jobs.requests.models import RetryJobs
from meshvisor.features.jobs.results import JobOutcomes
from meshvisor.supervisor.audit.log import Actor


async def handle(request: RetryJobs, jobs: JobsApi, actor: Actor) -> JobOutcomes:
    """Queue them."""
    return await jobs.retry(request.job_ids, actor)
