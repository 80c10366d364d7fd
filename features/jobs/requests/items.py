"""`jobs_items`: items of a job, in their order."""

from __future__ import annotations

from meshvisor.features.jobs.requests.api import JobsApi
from meshvisor.features.jobs.requests.fitting import fitting
from meshvisor.features.jobs.requests.models import ListItems
from meshvisor.features.jobs.results import ItemList


async def handle(request: ListItems, jobs: JobsApi) -> ItemList:
    """List one page, which is shorter than wanted where it would not fit into a frame."""
    page = await jobs.list_items(request)
    fit = fitting(page.items)
    if len(fit) == len(page.items):
        return page
    return ItemList(job_id=page.job_id, items=fit, more=True)
