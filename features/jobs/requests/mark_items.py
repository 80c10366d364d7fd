"""`jobs_mark_items`: say by hand what became of items."""

from __future__ import annotations

from meshvisor.features.jobs.requests.api import JobsApi
from meshvisor.features.jobs.requests.models import MarkItems
from meshvisor.features.jobs.results import JobOutcomes
from meshvisor.supervisor.audit.log import Actor


async def handle(request: MarkItems, jobs: JobsApi, actor: Actor) -> JobOutcomes:
    """Mark them."""
    return await jobs.mark_items(request, actor)
