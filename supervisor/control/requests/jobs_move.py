"""`jobs_move`: give jobs that wait another priority or lane."""

from __future__ import annotations

from shared.control.job_messages import MoveJobs
from shared.control.job_results import JobOutcomes
from supervisor.audit.log import Actor
from supervisor.control.jobs_api import JobsApi


async def handle(request: MoveJobs, jobs: JobsApi, actor: Actor) -> JobOutcomes:
    """Move them."""
    return await jobs.move(request.job_ids, request.priority, request.lane, actor)
