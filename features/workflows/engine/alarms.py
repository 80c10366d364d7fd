"""Telling people that a workflow has failed, or is kept from running.

Owns which alerts there are, and that one loop leads to one.  Does not own the rules (`guards`).
"""

from __future__ import annotations

from typing import Any, Final

from meshvisor.features.workflows import events as kinds
from meshvisor.features.workflows.engine.execution import Beginning, Cause, Live
from meshvisor.features.workflows.engine.executions import Executions
from meshvisor.features.workflows.engine.guards import DEEPEST, Guards
from meshvisor.features.workflows.model.program import Program

AGAIN: Final = 600_000
"""Milliseconds after which people are notified anew that a workflow is kept from running."""
MOST_REMEMBERED: Final = 1_000
LONGEST_TITLE: Final = 200
LONGEST_MESSAGE: Final = 2_000
"""Characters that an alert takes."""


class Alarms:
    """Those of all workflows.

    Args:
        executions: what lives.
        guards: counts failures.
    """

    def __init__(self, executions: Executions, guards: Guards) -> None:
        self._executions = executions
        self._guards = guards
        self._notified: dict[tuple[int, str], int] = {}
        """When people were notified why a workflow was kept from running."""

    def refused(self, beginning: Beginning, reason: str) -> None:
        """Tell that a loop was cut, or a budget is spent; once for each chain of events."""
        program, cause = beginning.program, beginning.cause
        about = cause.correlation_id or "" if cause.depth > DEEPEST else "budget"
        now = self._executions.now()
        if self._notified.get((program.id, about), 0) > now - AGAIN:
            return
        if len(self._notified) > MOST_REMEMBERED:
            self._notified.clear()
        self._notified[program.id, about] = now
        self._executions.create(beginning, status="skipped", error=reason)
        self._stopped(program, reason, cause)

    def failed(self, live: Live, error: str) -> None:
        """Tell that an execution has failed, as the seed says, and that its workflow rests."""
        reason = self._guards.failed(live.program)
        self._alert(
            live.program,
            f"failed:{live.id}",
            f"The workflow {live.program.name} has failed",
            f"Execution {live.id}: {error}",
            f"workflow-failed:{live.program.name}",
            live.chain,
        )
        if reason is not None:
            cause = Cause(None, live.correlation_id, live.causation_id, live.depth)
            self._stopped(live.program, reason, cause)

    # ---- Private -----------------------------------------------------------------------------

    def _stopped(self, program: Program, reason: str, cause: Cause) -> None:
        now = self._executions.now()
        self._executions.records.outbox.add(
            {
                "at": now,
                "kind": kinds.GUARDED.name,
                "workflow": program.name,
                "workflow_id": program.id,
                "data": {"workflow_id": program.id, "reason": reason},
                "actor": None,
                "correlation_id": cause.correlation_id,
                "causation_id": cause.causation_id,
                "depth": cause.depth,
            }
        )
        self._alert(
            program,
            f"guard:{program.id}:{now}",
            f"The workflow {program.name} was stopped",
            reason,
            f"workflow-guard:{program.name}",
            # Nothing follows from it, so that the alert itself is not the next turn of the loop.
            {"correlation_id": cause.correlation_id or "guard", "depth": DEEPEST + 2},
        )

    def _alert(
        self,
        program: Program,
        key: str,
        title: str,
        message: str,
        dedup_key: str,
        cause: dict[str, Any],
    ) -> None:
        request = {
            "type": "alert_create",
            "title": title[:LONGEST_TITLE],
            "message": message[:LONGEST_MESSAGE],
            "severity": "warning",
            "source": "workflow",
            "dedup_key": dedup_key,
            "idempotency_key": f"workflow:{self._executions.instance}-{key}",
        }
        self._executions.effects.aside(program, key, request, None, cause)
