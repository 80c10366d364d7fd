"""A row of the history as it is shown."""

from __future__ import annotations

from typing import Any

from meshvisor.features.jobs.supervisor.ledger.job import iso
from meshvisor.features.schedules.results import ScheduleRun


def run_of(row: tuple[Any, ...]) -> ScheduleRun:
    """Return a row of `ledger.history`."""
    planned, status, reason, started_by, job_id, attempt, duration, error, raised = row
    return ScheduleRun(
        planned_at=iso(planned),
        status=status,
        reason=reason,
        started_by=started_by,
        job_id=job_id,
        attempt=attempt,
        duration_ms=duration,
        error=error,
        traceback=raised,
    )
