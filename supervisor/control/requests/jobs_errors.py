"""`jobs_errors`: what went wrong with jobs, newest first."""

from __future__ import annotations

from shared.control.job_messages import ListErrors
from shared.control.job_results import ErrorList
from supervisor.control.jobs_api import JobsApi
from supervisor.control.requests.fitting import fitting


async def handle(request: ListErrors, jobs: JobsApi) -> ErrorList:
    """List them, fewer where they would not fit into a frame."""
    found = await jobs.errors(request.since, request.action, request.limit)
    fit = fitting(found.errors)
    return found if len(fit) == len(found.errors) else ErrorList(errors=fit, more=True)
