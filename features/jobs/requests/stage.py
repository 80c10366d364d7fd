"""`jobs_stage`: items that are too many for one request."""

from __future__ import annotations

from meshvisor.features.jobs.requests.api import JobsApi
from meshvisor.features.jobs.requests.models import StageItems
from meshvisor.features.jobs.results import Staged


async def handle(request: StageItems, jobs: JobsApi) -> Staged:
    """Keep them."""
    return await jobs.stage(request.token, request.items)
