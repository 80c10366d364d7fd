"""`jobs_cancel`: end jobs for good."""

from __future__ import annotations

from shared.control.job_messages import CancelJobs
from shared.control.job_results import JobOutcomes
from supervisor.audit.log import Actor
from supervisor.control.jobs_api import JobsApi


async def handle(request: CancelJobs, jobs: JobsApi, actor: Actor) -> JobOutcomes:
    """End them."""
    return await jobs.cancel(request.job_ids, actor)
