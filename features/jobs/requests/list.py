"""`jobs_list`: jobs that match, newest first."""

from __future__ import annotations

from meshvisor.features.jobs.requests.api import JobsApi
from meshvisor.features.jobs.requests.fitting import fitting
from meshvisor.features.jobs.requests.models import ListJobs
from meshvisor.features.jobs.results import JobList


async def handle(request: ListJobs, jobs: JobsApi) -> JobList:
    """List one page, which is shorter than wanted where it would not fit into a frame."""
    page = await jobs.list_jobs(request)
    fit = fitting(page.jobs)
    return page if len(fit) == len(page.jobs) else JobList(jobs=fit, more=True)
