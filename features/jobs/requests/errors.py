"""`jobs_errors`: what went wrong with jobs, newest first."""

from __future__ import annotations

from meshvisor.features.jobs.requests.api import JobsApi
from meshvisor.features.jobs.requests.fitting import fitting
from meshvisor.features.jobs.requests.models import ListErrors
from meshvisor.features.jobs.results import ErrorList


async def handle(request: ListErrors, jobs: JobsApi) -> ErrorList:
    """List them, fewer where they would not fit into a frame."""
    found = await jobs.errors(request.since, request.action, request.limit)
    fit = fitting(found.errors)
    return found if len(fit) == len(found.errors) else ErrorList(errors=fit, more=True)
