"""`jobs_show`: one job, with its history."""

from __future__ import annotations

from shared.control.job_messages import ShowJob
from shared.control.job_results import JobReport
from supervisor.control.jobs_api import JobsApi


async def handle(request: ShowJob, jobs: JobsApi) -> JobReport:
    """Show it."""
    return await jobs.show(request.job_id)
