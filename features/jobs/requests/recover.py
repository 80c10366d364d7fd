"""`jobs_recover`: decide about all interrupted jobs."""

from __future__ import annotations

from meshvisor.features.jobs.requests.api import JobsApi
from meshvisor.features.jobs.requests.models import RecoverJobs
from meshvisor.features.jobs.results import JobOutcomes
from meshvisor.supervisor.audit.log import Actor


async def handle(request: RecoverJobs, jobs: JobsApi, actor: Actor) -> JobOutcomes:
    """Decide."""
    return await jobs.recover(request.decision, actor)
