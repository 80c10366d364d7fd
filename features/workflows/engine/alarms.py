"""Telling people that a workflow has failed, or is kept from running.

Owns which alerts there are, and that one loop leads to one.  Does not own the rules (`guards`).
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Mapping
from typing import Any, Final

from meshvisor.features.workflows import events as kinds
from meshvisor.features.workflows.engine.database import QUERIES
from meshvisor.features.workflows.engine.execution import OF_WORKFLOWS, Beginning, Cause, Live
from meshvisor.features.workflows.engine.executions import Executions
from meshvisor.features.workflows.engine.guards import DEEPEST, Guards
from meshvisor.features.workflows.model.program import Program

AGAIN: Final = 600_000
"""Milliseconds after which people are notified anew that a workflow is kept from running."""
MOST_REMEMBERED: Final = 1_000
OF_CHAIN: Final = 0
"""In place of the number of a workflow: what is known of a chain."""
MOST_OF_CHAIN: Final = 2_000
"""Newest executions among which those of a chain are looked for."""
LONGEST_TITLE: Final = 200
LONGEST_DEDUP_KEY: Final = 200
LONGEST_MESSAGE: Final = 2_000
"""Characters that an alert takes."""


class Alarms:
    """Those of all workflows.

    Args:
        db: the engine's database.
        executions: what lives.
        guards: counts failures.
    """

    def __init__(self, db: sqlite3.Connection, executions: Executions, guards: Guards) -> None:
        self._db = db
        self._executions = executions
        self._guards = guards
        self._notified: dict[tuple[int, str], int] = {}
        """When people were notified why a workflow was kept from running."""

    def refused(self, beginning: Beginning, reason: str) -> None:
        """Tell that a loop was cut, once for each chain of events, or that a budget is spent."""
        program, cause = beginning.program, beginning.cause
        is_loop = cause.depth > DEEPEST
        about = cause.correlation_id or "" if is_loop else "budget"
        if not self._is_new(program.id, about):
            return
        if is_loop and not self._is_new(OF_CHAIN, about):
            self._executions.create(beginning, status="skipped", error=reason)
            return
        # Before the refused one is in the chain, too.
        members = self._cycle(beginning) if is_loop else {program.name: program.id}
        self._executions.create(beginning, status="skipped", error=reason)
        self._stopped(program, reason, cause, members)

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
            self._stopped(live.program, reason, cause, {live.program.name: live.program.id})

    # ---- Private -----------------------------------------------------------------------------

    def _is_new(self, whose: int, about: str) -> bool:
        """Whether people were not notified of it of late; from now on they were."""
        now = self._executions.now()
        if self._notified.get((whose, about), 0) > now - AGAIN:
            return False
        if len(self._notified) > MOST_REMEMBERED:
            self._notified.clear()
        self._notified[whose, about] = now
        return True

    def _cycle(self, beginning: Beginning) -> dict[str, int]:
        """Return the workflows, with their numbers, that have led to an execution more than once.

        From each event back to the workflow that caused it: one that only listens caused none.
        """
        program, cause = beginning.program, beginning.cause
        chain: dict[int, dict[str, tuple[int, str]]] = {}
        values = {"correlation_id": cause.correlation_id, "most": MOST_OF_CHAIN}
        for depth, name, number, by in self._db.execute(QUERIES["chain"], values):
            chain.setdefault(depth, {})[name] = number, by
        led: Counter[str] = Counter()
        numbers: dict[str, int] = {}
        by = beginning.by
        for depth in range(cause.depth - 1, 0, -1):
            begun = chain.get(depth, {})
            name = by.removeprefix(OF_WORKFLOWS)
            if name not in begun:
                # The event does not name who caused it: certain only if there is but one.
                if len(begun) != 1:
                    break
                (name,) = begun
            led[name] += 1
            numbers[name], by = begun[name]
        again = {name: numbers[name] for name, times in led.items() if times > 1}
        return again or numbers or {program.name: program.id}

    def _stopped(
        self, program: Program, reason: str, cause: Cause, members: Mapping[str, int]
    ) -> None:
        now = self._executions.now()
        for name, number in members.items():
            self._executions.records.outbox.add(
                {
                    "at": now,
                    "kind": kinds.GUARDED.name,
                    "workflow": name,
                    "workflow_id": number,
                    "data": {"workflow_id": number, "reason": reason},
                    "actor": None,
                    "correlation_id": cause.correlation_id,
                    "causation_id": cause.causation_id,
                    "depth": cause.depth,
                }
            )
        names = sorted(members)
        listed = ", ".join(names)
        is_one = len(names) == 1
        self._alert(
            program,
            f"guard:{min(members.values())}:{now}",
            f"The workflow {listed} was stopped"
            if is_one
            else f"The workflows {listed} were stopped",
            reason,
            f"workflow-guard:{','.join(names)}"[:LONGEST_DEDUP_KEY],
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
