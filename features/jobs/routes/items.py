"""Items of a job."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Query
from pydantic import Field

from meshvisor.console.access import Asking
from meshvisor.console.fields import Body
from meshvisor.console.routing import as_json_text
from meshvisor.features.jobs.model.job import ItemState
from meshvisor.features.jobs.requests.limits import MAX_LISTED, MAX_MARKED, MAX_POSITION
from meshvisor.features.jobs.results import ItemList, JobOutcomes
from meshvisor.features.jobs.routes import pages
from meshvisor.features.jobs.routes.area import ROUTES, JobNumber


class SomeItems(Body):
    """Items of a job by their keys."""

    keys: list[str] = Field(min_length=1, max_length=MAX_MARKED, examples=[["1001"]])


@ROUTES.get("/{job_id:int}/items", "view", result=ItemList)
async def list_items(
    caller: Asking,
    job_id: JobNumber,
    state: Annotated[list[ItemState], Query(description="Several: any of them.")] = [],  # noqa: B006 - FastAPI copies it
    after: Annotated[int, Query(ge=-1, le=MAX_POSITION)] = -1,
    limit: Annotated[int, Query(ge=1, le=MAX_LISTED)] = 100,
) -> Any:
    """List items of a job in their order; `after` is the last position of the page before."""
    states = tuple(state)
    question = ("items", job_id, states, after, limit)
    return as_json_text(
        await caller.look(question, lambda db: pages.items(db, job_id, states, after, limit))
    )


@ROUTES.post("/{job_id:int}/items/retry", "operate", result=JobOutcomes)
async def retry_items(caller: Asking, job_id: JobNumber, body: SomeItems) -> Any:
    """Make items pending again, and queue the job anew where it has ended."""
    return await caller.ask("jobs_retry_items", job_id=job_id, keys=body.keys)
