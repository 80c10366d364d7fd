"""`jobs_actions`: what the plug-ins offer."""

from __future__ import annotations

from shared.control.job_messages import ListActions
from shared.control.job_results import ActionList
from supervisor.control.jobs_api import JobsApi


async def handle(_request: ListActions, jobs: JobsApi) -> ActionList:
    """List all."""
    return await jobs.actions()
