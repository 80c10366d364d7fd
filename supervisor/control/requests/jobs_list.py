"""`jobs_list`: jobs that match, newest first."""

from __future__ import annotations

from shared.control.job_messages import ListJobs
from shared.control.job_results import JobList
from supervisor.control.jobs_api import JobsApi
from supervisor.control.requests.fitting import fitting


async def handle(request: ListJobs, jobs: JobsApi) -> JobList:
    """List one page, which is shorter than wanted where it would not fit into a frame."""
    page = await jobs.list_jobs(request)
    fit = fitting(page.jobs)
    return page if len(fit) == len(page.jobs) else JobList(jobs=fit, more=True)
