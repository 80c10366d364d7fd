"""`jobs_hold`: keep a lane, a rate key or everything from beginning."""

from __future__ import annotations

from meshvisor.features.jobs.requests.api import JobsApi
from meshvisor.features.jobs.requests.models import HoldJobs
from meshvisor.features.jobs.results import HoldList
from meshvisor.supervisor.audit.log import Actor


async def handle(request: HoldJobs, jobs: JobsApi, actor: Actor) -> HoldList:
    """Put it on hold."""
    return await jobs.hold(request.scope, request.name, request.until, actor)
