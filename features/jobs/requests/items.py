"""Items of a job: `jobs_items`, `jobs_retry_items`, `jobs_mark_items`."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from meshvisor.features.jobs.model.job import ItemState, MarkedItem
from meshvisor.features.jobs.requests.fields import ItemKeys, JobId, Reason
from meshvisor.features.jobs.requests.fitting import fitting
from meshvisor.features.jobs.requests.limits import MAX_LISTED, MAX_POSITION
from meshvisor.features.jobs.results import ItemList, JobOutcomes
from meshvisor.features.jobs.supervisor.service import JobService
from meshvisor.shared.control.request import Request
from meshvisor.supervisor.control.handling import Call, handles


class ListItems(Request):
    """Items of a job, in their order."""

    type: Literal["jobs_items"] = "jobs_items"
    job_id: JobId
    states: tuple[ItemState, ...] = ()
    """Empty: any."""
    after: int = Field(-1, ge=-1, le=MAX_POSITION)
    """The last position of the page before."""
    limit: int = Field(100, ge=1, le=MAX_LISTED)


@handles(ListItems, offline=True)
async def list_items(request: ListItems, call: Call) -> ItemList:
    """Return one page, which is shorter than wanted where it would not fit into a frame."""
    page = await call.need(JobService).list_items(
        request.job_id, request.states, request.after, request.limit
    )
    fit = fitting(page.items)
    if len(fit) == len(page.items):
        return page
    return ItemList(job_id=page.job_id, items=fit, more=True)


class RetryItems(Request):
    """Make single items of a job pending again, and queue it anew where it has ended."""

    type: Literal["jobs_retry_items"] = "jobs_retry_items"
    job_id: JobId
    keys: ItemKeys
    more: bool = False
    """Whether further items of the job follow: it is queued with the last of them."""


@handles(RetryItems, offline=True)
async def retry_items(request: RetryItems, call: Call) -> JobOutcomes:
    """Put them back."""
    jobs = call.need(JobService)
    return await jobs.retry_items(request.job_id, request.keys, call.actor, more=request.more)


class MarkItems(Request):
    """Say by hand what became of items of a job."""

    type: Literal["jobs_mark_items"] = "jobs_mark_items"
    job_id: JobId
    keys: ItemKeys
    state: MarkedItem
    reason: Reason | None = None


@handles(MarkItems, offline=True)
async def mark_items(request: MarkItems, call: Call) -> JobOutcomes:
    """Mark them."""
    return await call.need(JobService).mark_items(
        request.job_id, request.keys, request.state, request.reason, call.actor
    )
