"""`jobs_submit`: a new job."""

from __future__ import annotations

from shared.control.job_messages import SubmitJob
from shared.control.job_results import SubmittedJob
from supervisor.audit.log import Actor
from supervisor.control.jobs_api import JobsApi


async def handle(request: SubmitJob, jobs: JobsApi, actor: Actor) -> SubmittedJob:
    """Enqueue it."""
    return await jobs.submit(request.mesh_id, request.submission, actor, request.staged)
