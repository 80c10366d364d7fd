"""How well workflows run, from counters that are kept with each end of an execution."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING, Any, Final

from meshvisor.features.workflows.supervisor import definitions
from meshvisor.features.workflows.supervisor.definitions import QUERIES, average, iso, success_rate
from meshvisor.features.workflows.supervisor.reading import Executions
from meshvisor.features.workflows.supervisor.service import WorkflowService
from meshvisor.shared.late import late

if TYPE_CHECKING:
    from meshvisor.features.workflows import results
else:
    results = late("meshvisor.features.workflows.results")

MOST: Final = 10
"""Of each list."""


async def analytics(
    service: WorkflowService, executions: Executions, ref: str | None, days: int
) -> results.Analytics:
    """Return the figures of all workflows together, or of one.

    Raises:
        UnknownError: there is no such workflow.
    """
    found = await service.store.read(lambda db: _look(db, ref, days))
    live, triggers = await executions.counts(found.pop("id"))
    return results.Analytics(
        **found,
        running_executions=live.get("running", 0) + live.get("waiting", 0),
        queued_executions=live.get("queued", 0),
        trigger_frequencies=triggers,
    )


def _look(db: sqlite3.Connection, ref: str | None, days: int) -> dict[str, Any]:
    row = None if ref is None else definitions.find(db, ref)
    if row is None:
        totals = db.execute(QUERIES["totals"]).fetchone()
        count, active, started, completed, failed, total_ms, last = totals
    else:
        count, active = 1, int(row.is_active)
        started, completed, failed = row.started, row.completed, row.failed
        total_ms, last = row.total_ms, row.last_executed_at
    number = None if row is None else row.id
    rate = success_rate(completed, failed)
    reasons = db.execute(QUERIES["failures"], {"id": number, "limit": MOST}).fetchall()
    trend = db.execute(QUERIES["days"], {"id": number, "limit": days}).fetchall()
    found: dict[str, Any] = {
        "id": number,
        "total_processes": count,
        "active_processes": active,
        "total_executions": started,
        "execution_count": started,
        "success_rate": rate,
        "error_rate": round(1 - rate, 4) if completed + failed else 0.0,
        "avg_execution_time": average(total_ms, completed + failed),
        "last_executed": iso(last),
        "failure_reasons": tuple(
            results.FailureReason(
                reason=reason, count=times, last_at=str(iso(at)), last_execution=execution
            )
            for reason, times, at, execution in reasons
        ),
        "trend": tuple(map(_day, reversed(trend))),
    }
    if row is None:
        found["most_used"] = tuple(
            {"process_id": one, "name": name, "execution_count": times}
            for one, name, times in db.execute(QUERIES["most_used"], (MOST,))
        )
        found["templates_used"] = tuple(
            {"template_id": one, "name": name, "usage_count": times}
            for one, name, times in db.execute(QUERIES["templates_used"], (MOST,))
        )
    return found


def _day(row: Any) -> results.Day:
    day, started, completed, failed, cancelled, total_ms = row
    return results.Day(
        day=day,
        started=started,
        completed=completed,
        failed=failed,
        cancelled=cancelled,
        avg_execution_time=average(total_ms, completed + failed),
    )
