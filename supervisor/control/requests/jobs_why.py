"""`jobs_why`: why a job does not run."""

from __future__ import annotations

from shared.control.job_messages import WhyJob
from shared.control.job_results import WhyReport
from supervisor.control.jobs_api import JobsApi


async def handle(request: WhyJob, jobs: JobsApi) -> WhyReport:
    """Explain it."""
    return await jobs.why(request.job_id)
