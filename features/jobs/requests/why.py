"""`jobs_why`: why a job does not run."""

from __future__ import annotations

from meshvisor.features.jobs.requests.api import JobsApi
from meshvisor.features.jobs.requests.models import WhyJob
from meshvisor.features.jobs.results import WhyReport


async def handle(request: WhyJob, jobs: JobsApi) -> WhyReport:
    """Explain it."""
    return await jobs.why(request.job_id)
