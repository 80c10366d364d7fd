"""`jobs_items`: items of a job, in their order."""

from __future__ import annotations

from shared.control.job_messages import ListItems
from shared.control.job_results import ItemList
from supervisor.control.jobs_api import JobsApi
from supervisor.control.requests.fitting import fitting


async def handle(request: ListItems, jobs: JobsApi) -> ItemList:
    """List one page, which is shorter than wanted where it would not fit into a frame."""
    page = await jobs.list_items(request)
    fit = fitting(page.items)
    if len(fit) == len(page.items):
        return page
    return ItemList(job_id=page.job_id, items=fit, more=True)
