"""A row of the history as it is shown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from meshvisor.features.jobs.supervisor.ledger.job import iso
from meshvisor.shared.late import late

if TYPE_CHECKING:
    from meshvisor.features.schedules import results
else:
    results = late("meshvisor.features.schedules.results")


def run_of(row: tuple[Any, ...]) -> results.ScheduleRun:
    """Return a row of `ledger.history`."""
    planned, status, reason, started_by, job_id, attempt, duration, error, raised = row
    return results.ScheduleRun(
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


def mark_of(row: tuple[Any, ...]) -> results.RunMark:
    """Return the same in short."""
    planned, status, _, _, job_id, *_ = row
    return results.RunMark(planned_at=iso(planned), status=status, job_id=job_id)
