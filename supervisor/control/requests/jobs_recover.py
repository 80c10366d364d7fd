"""`jobs_recover`: decide about all interrupted jobs."""

from __future__ import annotations

from shared.control.job_messages import RecoverJobs
from shared.control.job_results import JobOutcomes
from supervisor.audit.log import Actor
from supervisor.control.jobs_api import JobsApi


async def handle(request: RecoverJobs, jobs: JobsApi, actor: Actor) -> JobOutcomes:
    """Decide."""
    return await jobs.recover(request.decision, actor)
