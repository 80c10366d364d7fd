"""`jobs_mark_items`: say by hand what became of items."""

from __future__ import annotations

from shared.control.job_messages import MarkItems
from shared.control.job_results import JobOutcomes
from supervisor.audit.log import Actor
from supervisor.control.jobs_api import JobsApi


async def handle(request: MarkItems, jobs: JobsApi, actor: Actor) -> JobOutcomes:
    """Mark them."""
    return await jobs.mark_items(request, actor)
