"""`jobs_stats`: how many jobs there are."""

from __future__ import annotations

from meshvisor.features.jobs.requests.api import JobsApi
from meshvisor.features.jobs.requests.models import GetJobStats
from meshvisor.features.jobs.results import JobStats


async def handle(_request: GetJobStats, jobs: JobsApi) -> JobStats:
    """Count them."""
    return await jobs.stats()
