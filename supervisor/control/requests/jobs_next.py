"""`jobs_next`: in which order waiting jobs will run."""

from __future__ import annotations

from shared.control.job_messages import GetQueue
from shared.control.job_results import QueueReport
from supervisor.control.jobs_api import JobsApi


async def handle(request: GetQueue, jobs: JobsApi) -> QueueReport:
    """Return it."""
    return await jobs.queue(request.lane, request.limit)
