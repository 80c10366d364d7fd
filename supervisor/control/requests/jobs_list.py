"""`jobs_list`: jobs that match."""

from __future__ import annotations

from shared.control.job_messages import ListJobs
from shared.control.job_results import JobList
from supervisor.control.jobs_api import JobsApi


async def handle(request: ListJobs, jobs: JobsApi) -> JobList:
    """List one page."""
    return await jobs.list_jobs(request)
