"""`jobs_retry_items`: make single items of a job pending again."""

from __future__ import annotations

from meshvisor.features.jobs.requests.api import JobsApi
from meshvisor.features.jobs.requests.models import RetryItems
from meshvisor.features.jobs.results import JobOutcomes
from meshvisor.supervisor.audit.log import Actor


async def handle(request: RetryItems, jobs: JobsApi, actor: Actor) -> JobOutcomes:
    """Put them back."""
    return await jobs.retry_items(request, actor)
