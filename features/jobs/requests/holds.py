"""`jobs_holds`: what is on hold."""

from __future__ import annotations

from meshvisor.features.jobs.requests.api import JobsApi
from meshvisor.features.jobs.requests.models import ListHolds
from meshvisor.features.jobs.results import HoldList


async def handle(_request: ListHolds, jobs: JobsApi) -> HoldList:
    """List it."""
    return await jobs.holds()
