"""`jobs_recovery`: which jobs were interrupted."""

from __future__ import annotations

from shared.control.job_messages import GetRecovery
from shared.control.job_results import RecoveryReport
from supervisor.control.jobs_api import JobsApi


async def handle(_request: GetRecovery, jobs: JobsApi) -> RecoveryReport:
    """Say so."""
    return await jobs.recovery()
