"""`jobs_durations`: how long jobs of each action took and waited."""

from __future__ import annotations

from shared.control.job_messages import GetDurations
from shared.control.job_results import DurationReport
from supervisor.control.jobs_api import JobsApi


async def handle(request: GetDurations, jobs: JobsApi) -> DurationReport:
    """Return it."""
    return await jobs.durations(request.since, request.action)
