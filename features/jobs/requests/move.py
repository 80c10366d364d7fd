"""`jobs_move`: give jobs that wait another priority or lane."""

from __future__ import annotations

from meshvisor.features.jobs.requests.api import JobsApi
from meshvisor.features.jobs.requests.models import MoveJobs
from meshvisor.features.jobs.results import JobOutcomes
from meshvisor.supervisor.audit.log import Actor


async def handle(request: MoveJobs, jobs: JobsApi, actor: Actor) -> JobOutcomes:
    """Move them."""
    return await jobs.move(request.job_ids, request.priority, request.lane, actor)
