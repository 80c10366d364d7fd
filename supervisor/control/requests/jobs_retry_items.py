"""`jobs_retry_items`: make single items of a job pending again."""

from __future__ import annotations

from shared.control.job_messages import RetryItems
from shared.control.job_results import JobOutcomes
from supervisor.audit.log import Actor
from supervisor.control.jobs_api import JobsApi


async def handle(request: RetryItems, jobs: JobsApi, actor: Actor) -> JobOutcomes:
    """Put them back."""
    return await jobs.retry_items(request, actor)
