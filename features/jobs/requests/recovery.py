"""Jobs that were interrupted: `jobs_recovery`, `jobs_recover`."""

from __future__ import annotations

from typing import Literal

from meshvisor.features.jobs.results import JobOutcomes, RecoveryReport
from meshvisor.features.jobs.supervisor.service import JobService
from meshvisor.shared.control.request import Request
from meshvisor.supervisor.control.handling import Call, handles


class GetRecovery(Request):
    """Which jobs were interrupted, and what becomes of them."""

    type: Literal["jobs_recovery"] = "jobs_recovery"


@handles(GetRecovery, offline=True)
async def show_recovery(_request: GetRecovery, call: Call) -> RecoveryReport:
    """Say so."""
    return await call.need(JobService).recovery()


class RecoverJobs(Request):
    """Decide about all interrupted jobs at once."""

    type: Literal["jobs_recover"] = "jobs_recover"
    decision: Literal["resume", "cancel"]


@handles(RecoverJobs, offline=True)
async def recover_jobs(request: RecoverJobs, call: Call) -> JobOutcomes:
    """Decide."""
    return await call.need(JobService).recover(request.decision, call.actor)
