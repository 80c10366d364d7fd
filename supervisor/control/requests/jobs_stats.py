"""`jobs_stats`: how many jobs there are."""

from __future__ import annotations

from shared.control.job_messages import GetJobStats
from shared.control.job_results import JobStats
from supervisor.control.jobs_api import JobsApi


async def handle(_request: GetJobStats, jobs: JobsApi) -> JobStats:
    """Count them."""
    return await jobs.stats()
