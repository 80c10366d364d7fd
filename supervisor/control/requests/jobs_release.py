"""`jobs_release`: end a hold."""

from __future__ import annotations

from shared.control.job_messages import ReleaseJobs
from shared.control.job_results import HoldList
from supervisor.audit.log import Actor
from supervisor.control.jobs_api import JobsApi


async def handle(request: ReleaseJobs, jobs: JobsApi, actor: Actor) -> HoldList:
    """Let it begin again."""
    return await jobs.release(request.scope, request.name, actor)
