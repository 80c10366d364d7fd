"""`jobs_recovery`: which jobs were interrupted."""

from __future__ import annotations

from meshvisor.features.jobs.requests.api import JobsApi
from meshvisor.features.jobs.requests.models import GetRecovery
from meshvisor.features.jobs.results import RecoveryReport


async def handle(_request: GetRecovery, jobs: JobsApi) -> RecoveryReport:
    """Say so."""
    return await jobs.recovery()
