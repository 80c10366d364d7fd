"""`jobs_items`: items of a job."""

from __future__ import annotations

from shared.control.job_messages import ListItems
from shared.control.job_results import ItemList
from supervisor.control.jobs_api import JobsApi


async def handle(request: ListItems, jobs: JobsApi) -> ItemList:
    """List one page."""
    return await jobs.list_items(request)
