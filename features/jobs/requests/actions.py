"""`jobs_actions`: what the plug-ins offer."""

from __future__ import annotations

from meshvisor.features.jobs.requests.api import JobsApi
from meshvisor.features.jobs.requests.models import ListActions
from meshvisor.features.jobs.results import ActionList


async def handle(_request: ListActions, jobs: JobsApi) -> ActionList:
    """List all."""
    return await jobs.actions()
