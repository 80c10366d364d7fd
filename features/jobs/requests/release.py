"""`jobs_release`: end a hold."""

from __future__ import annotations

from meshvisor.features.jobs.requests.api import JobsApi
from meshvisor.features.jobs.requests.models import ReleaseJobs
from meshvisor.features.jobs.results import HoldList
from meshvisor.supervisor.audit.log import Actor


async def handle(request: ReleaseJobs, jobs: JobsApi, actor: Actor) -> HoldList:
    """Let it begin again."""
    return await jobs.release(request.scope, request.name, actor)
