"""`jobs_cancel`: end jobs for good."""

from __future__ import annotations

from meshvisor.features.jobs.requests.api import JobsApi
from meshvisor.features.jobs.requests.models import CancelJobs
from meshvisor.features.jobs.results import JobOutcomes
from meshvisor.supervisor.audit.log import Actor


async def handle(request: CancelJobs, jobs: JobsApi, actor: Actor) -> JobOutcomes:
    """End them."""
    return await jobs.cancel(request.job_ids, actor)
