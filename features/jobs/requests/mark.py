"""`jobs_mark`: say by hand how jobs have ended."""

from __future__ import annotations

from meshvisor.features.jobs.requests.api import JobsApi
from meshvisor.features.jobs.requests.models import MarkJobs
from meshvisor.features.jobs.results import JobOutcomes
from meshvisor.supervisor.audit.log import Actor


async def handle(request: MarkJobs, jobs: JobsApi, actor: Actor) -> JobOutcomes:
    """Mark them."""
    return await jobs.mark(request.job_ids, request.status, request.reason, actor)
