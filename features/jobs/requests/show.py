"""`jobs_show`: one job, with its history."""

from __future__ import annotations

from meshvisor.features.jobs.requests.api import JobsApi
from meshvisor.features.jobs.requests.models import ShowJob
from meshvisor.features.jobs.results import JobReport


async def handle(request: ShowJob, jobs: JobsApi) -> JobReport:
    """Show it."""
    return await jobs.show(request.job_id)
