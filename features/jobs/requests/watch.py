"""`jobs_watch`: what is open, now and after each change, for as long as the client stays."""

from __future__ import annotations

from collections.abc import AsyncGenerator

from meshvisor.features.jobs.requests.api import LiveJobsApi
from meshvisor.features.jobs.requests.models import WatchJobs
from meshvisor.features.jobs.results import JobsView


def stream_jobs(request: WatchJobs, jobs: LiveJobsApi) -> AsyncGenerator[JobsView, None]:
    """Return the views; with a job's number they end when it has.

    Raises:
        UsageError: there is no such job.
    """
    return jobs.watch(request.job_id)
