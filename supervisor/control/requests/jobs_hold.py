"""`jobs_hold`: keep a lane, a rate key or everything from beginning."""

from __future__ import annotations

from shared.control.job_messages import HoldJobs
from shared.control.job_results import HoldList
from supervisor.audit.log import Actor
from supervisor.control.jobs_api import JobsApi


async def handle(request: HoldJobs, jobs: JobsApi, actor: Actor) -> HoldList:
    """Put it on hold."""
    return await jobs.hold(request.scope, request.name, request.until, actor)
