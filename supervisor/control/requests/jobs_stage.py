"""`jobs_stage`: items that are too many for one request."""

from __future__ import annotations

from shared.control.job_messages import StageItems
from shared.control.job_results import Staged
from supervisor.control.jobs_api import JobsApi


async def handle(request: StageItems, jobs: JobsApi) -> Staged:
    """Keep them."""
    return await jobs.stage(request.token, request.items)
