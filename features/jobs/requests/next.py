"""`jobs_next`: in which order waiting jobs will run."""

from __future__ import annotations

from meshvisor.features.jobs.requests.api import JobsApi
from meshvisor.features.jobs.requests.models import GetQueue
from meshvisor.features.jobs.results import QueueReport


async def handle(request: GetQueue, jobs: JobsApi) -> QueueReport:
    """Return it."""
    return await jobs.queue(request.lane, request.limit)
