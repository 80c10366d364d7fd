"""`jobs_holds`: what is on hold."""

from __future__ import annotations

from shared.control.job_messages import ListHolds
from shared.control.job_results import HoldList
from supervisor.control.jobs_api import JobsApi


async def handle(_request: ListHolds, jobs: JobsApi) -> HoldList:
    """List it."""
    return await jobs.holds()
