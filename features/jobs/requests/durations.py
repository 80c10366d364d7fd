"""`jobs_durations`: how long jobs of each action took and waited."""

from __future__ import annotations

from meshvisor.features.jobs.requests.api import JobsApi
from meshvisor.features.jobs.requests.models import GetDurations
from meshvisor.features.jobs.results import DurationReport


async def handle(request: GetDurations, jobs: JobsApi) -> DurationReport:
    """Return it."""
    return await jobs.durations(request.since, request.action)
