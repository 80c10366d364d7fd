"""`jobs_mark`: say by hand how jobs have ended."""

from __future__ import annotations

from shared.control.job_messages import MarkJobs
from shared.control.job_results import JobOutcomes
from supervisor.audit.log import Actor
from supervisor.control.jobs_api import JobsApi


async def handle(request: MarkJobs, jobs: JobsApi, actor: Actor) -> JobOutcomes:
    """Mark them."""
    return await jobs.mark(request.job_ids, request.status, request.reason, actor)
