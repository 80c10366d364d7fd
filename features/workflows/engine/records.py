"""The rows of executions and their steps, and what is reported of them.

Owns what is written of an execution.  Does not own when (`executions`), nor what it means
(`model.state`).
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from meshvisor.features.workflows.engine.database import QUERIES
from meshvisor.features.workflows.engine.execution import Beginning, Live, written
from meshvisor.features.workflows.engine.outbox import Outbox
from meshvisor.features.workflows.model.state import Outcome, Record, State, next_due, waits


class Records:
    """Those of a home.

    Args:
        db: the engine's database, inside a transaction whenever something is called.
        now: returns epoch milliseconds.
    """

    def __init__(self, db: sqlite3.Connection, now: Callable[[], int]) -> None:
        self._db = db
        self._now = now
        self.outbox = Outbox(db)

    # ---- Executions --------------------------------------------------------------------------

    def add(self, beginning: Beginning, status: str, error: str) -> int:
        """Add an execution; return its number."""
        program, cause, now = beginning.program, beginning.cause, self._now()
        values = {
            "workflow_id": program.id,
            "workflow": program.name,
            "revision": program.revision,
            "status": status,
            "by": beginning.by,
            "trigger": beginning.trigger,
            "seq": cause.seq,
            "trigger_values": written(beginning.values),
            "inputs": written(beginning.inputs),
            "key": beginning.key,
            "priority": beginning.priority,
            "error": error,
            "now": now,
            "completed_at": now if status == "skipped" else None,
            "total": program.usual_steps,
            "parent": beginning.parent,
            "parent_run": beginning.parent_run,
            "correlation_id": cause.correlation_id,
            "causation_id": cause.causation_id,
            "depth": cause.depth,
            "request": beginning.request,
            "replay_of": beginning.replay_of,
        }
        number = self._db.execute(QUERIES["insert_execution"], values).lastrowid
        assert number is not None
        return number

    def move(self, live: Live, outcome: Outcome) -> None:
        """Write down where a living execution is now, or that it has ended."""
        ended = outcome.ended
        # Of one that has ended its variables are read, and nothing else.
        state = State([], vars=live.state.vars) if ended else live.state
        self._db.execute(
            QUERIES["move_execution"],
            {
                "id": live.id,
                "status": ended or ("waiting" if waits(live.state) else "running"),
                "error": outcome.error,
                "started_at": live.started_at,
                "completed_at": self._now() if ended else None,
                "due_at": None if ended else due_of(live),
                "deadline_at": live.deadline_at,
                "done": live.state.completed,
                # Those of a branch that was not taken are left out in the end.
                "total": len(live.state.steps) if ended == "completed" else None,
                "state": msgspec.json.encode(state),
            },
        )

    def end_unbegun(self, number: int, status: str, why: str) -> None:
        """Write down that one has ended before its turn came."""
        now = self._now()
        self._db.execute(
            QUERIES["move_execution"],
            {
                "id": number,
                "status": status,
                "error": why,
                "started_at": None,
                "completed_at": now,
                "due_at": None,
                "deadline_at": None,
                "done": 0,
                "total": None,
                "state": None,
            },
        )
        self.log(number, "info", f"{status}: {why}")

    # ---- Steps and logs ----------------------------------------------------------------------

    def step(self, execution: int, record: Record) -> None:
        """Write down a step as it is now."""
        is_open = record.status == "running"
        values = {
            "execution": execution,
            "run": record.run,
            "node": record.node,
            "type": record.type,
            "number": record.action,
            "status": record.status,
            "at": record.at,
            "completed_at": None if is_open else record.at,
            "input": _json(record.input),
            "result": _json(record.result),
            "error": record.error,
            "attempt": record.attempt,
            "changes": _json(record.changes or None),
        }
        self._db.execute(QUERIES["put_step"], values)

    def log(self, execution: int, level: str, text: str, run: int = 0) -> None:
        """Add a line to the log of an execution, or of one of its steps."""
        self._db.execute(QUERIES["log"], (execution, self._now(), level, run, text))

    # ---- Reports -----------------------------------------------------------------------------

    def report(
        self, live: Live, kind: str, data: Mapping[str, Any], actor: str | None = None
    ) -> None:
        """Have something reported to the supervisor."""
        self.outbox.add(
            {
                "at": self._now(),
                "kind": kind,
                "workflow": live.program.name,
                "workflow_id": live.program.id,
                "data": {
                    "execution": live.id,
                    "workflow_id": live.program.id,
                    "trigger": live.trigger,
                    **data,
                },
                "actor": actor,
                **live.chain,
            }
        )


def due_of(live: Live) -> int:
    """Return the moment at which an execution has to be looked at."""
    due = next_due(live.state)
    return live.deadline_at if due is None else min(due, live.deadline_at)


# Private


def _json(value: Any) -> str | None:
    return None if value is None else written(value)
