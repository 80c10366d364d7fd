"""Executions as they are in the engine's database, read on a connection that cannot write.

Owns the reading, with a supervisor and without, with an engine and without.
"""

from __future__ import annotations

import asyncio
import json
import logging
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

import msgspec

from meshvisor.features.workflows.model.sizes import Budget
from meshvisor.features.workflows.supervisor.definitions import iso
from meshvisor.shared.errors import MeshvisorError, UnknownError
from meshvisor.shared.late import late
from meshvisor.shared.store.queries import load_queries

if TYPE_CHECKING:
    from meshvisor.features.workflows import results
else:
    results = late("meshvisor.features.workflows.results")

log = logging.getLogger(__name__)

QUERIES: Final = load_queries(Path(__file__).with_name("executions.sql"))

LARGEST_VALUES: Final = 2 * 1024 * 1024
"""Bytes of what all steps of one execution were given, led to and changed, as it is shown."""

T = TypeVar("T")


class _Kept(msgspec.Struct):
    """What is read of the state that the engine keeps (`model.state.State`)."""

    vars: dict[str, Any]


class Executions:
    """Those of a home.

    Args:
        path: the engine's database; there may be none yet.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    async def list(
        self, process_id: int | None, status: str | None, limit: int, offset: int
    ) -> results.ExecutionList:
        """Return some, the newest first."""
        values = {"id": process_id, "status": status, "limit": limit, "offset": offset}

        def look(db: sqlite3.Connection) -> results.ExecutionList:
            rows = db.execute(QUERIES["page"], values).fetchall()
            (total,) = db.execute(QUERIES["count"], values).fetchone()
            found = tuple(results.Execution(**_execution(row)) for row in rows)
            return results.ExecutionList(executions=found, total=total)

        return await self._read(look) or results.ExecutionList(executions=(), total=0)

    async def show(self, number: int) -> results.ExecutionReport:
        """Return one with its steps.

        Raises:
            UnknownError: there is none.
        """

        def look(db: sqlite3.Connection) -> results.ExecutionReport | None:
            row = db.execute(QUERIES["one"], (number,)).fetchone()
            if row is None:
                return None
            *columns, values, inputs, state = row
            steps = db.execute(QUERIES["steps"], (number,)).fetchall()
            children = db.execute(QUERIES["children"], (number,)).fetchall()
            budget = Budget(LARGEST_VALUES)
            variables = msgspec.json.decode(state, type=_Kept).vars if state else {}
            return results.ExecutionReport(
                **_execution(columns),
                trigger_event=json.loads(values),
                inputs=json.loads(inputs),
                variables=variables,
                steps=tuple(_step(step, budget) for step in steps),
                children=tuple(child for (child,) in children),
            )

        found = await self._read(look)
        if found is None:
            raise _unknown(number)
        return found

    async def logs(self, number: int, limit: int) -> results.ExecutionLog:
        """Return what happened in one, oldest first.

        Raises:
            UnknownError: there is none.
        """

        def look(db: sqlite3.Connection) -> results.ExecutionLog | None:
            if db.execute(QUERIES["one"], (number,)).fetchone() is None:
                return None
            rows = db.execute(QUERIES["logs"], {"id": number, "limit": limit}).fetchall()
            return results.ExecutionLog(
                logs=tuple(
                    results.LogEntry(at=str(iso(at)), level=level, step=run or None, text=text)
                    for at, level, run, text in rows
                )
            )

        found = await self._read(look)
        if found is None:
            raise _unknown(number)
        return found

    async def approvals(self, *, is_open: bool) -> results.ApprovalList:
        """Return questions to people: those that wait, or the newest of all."""

        def look(db: sqlite3.Connection) -> results.ApprovalList:
            rows = db.execute(QUERIES["approvals"], {"open": is_open}).fetchall()
            return results.ApprovalList(approvals=tuple(map(_approval, rows)))

        return await self._read(look) or results.ApprovalList(approvals=())

    async def counts(self, process_id: int | None) -> tuple[dict[str, int], dict[str, int]]:
        """Return how many live executions there are by status, and all by type of trigger."""

        def look(db: sqlite3.Connection) -> tuple[dict[str, int], dict[str, int]]:
            values = {"id": process_id}
            return (
                dict(db.execute(QUERIES["live"], values).fetchall()),
                dict(db.execute(QUERIES["trigger_types"], values).fetchall()),
            )

        return await self._read(look) or ({}, {})

    async def cursor(self) -> int | None:
        """Return up to which event the engine has read; None: it is unknown."""

        def look(db: sqlite3.Connection) -> int | None:
            row = db.execute(QUERIES["cursor"]).fetchone()
            return None if row is None else int(row[0])

        try:
            return await self._read(look)
        except MeshvisorError as error:
            log.warning("how far workflows have read is unknown: %s", error)
            return None

    async def _read(self, look: Callable[[sqlite3.Connection], T]) -> T | None:
        """Return what `look` finds; None: there is no database yet."""

        def work() -> T | None:
            if not self._path.exists():
                return None
            uri = f"{self._path.absolute().as_uri()}?mode=ro"
            with closing(sqlite3.connect(uri, uri=True, timeout=5)) as db:
                if db.execute("PRAGMA user_version").fetchone()[0] == 0:
                    return None
                db.execute("BEGIN")
                return look(db)

        try:
            return await asyncio.to_thread(work)
        except sqlite3.Error as error:
            raise MeshvisorError(f"{self._path} cannot be read: {error}") from None


def _unknown(number: int) -> UnknownError:
    return UnknownError(
        f"there is no execution {number}; meshvisor workflows executions shows those there are"
    )


def _execution(row: Any) -> dict[str, Any]:
    (
        number, workflow_id, workflow, revision, status, by, trigger, created_at, started_at,
        completed_at, error, done, total, seq, key, parent, replay_of, depth,
    ) = row  # fmt: skip
    began = started_at or created_at
    return {
        "id": number,
        "process_id": workflow_id,
        "process": workflow,
        "revision": revision,
        "status": status,
        "triggered_by": by,
        "trigger_type": trigger,
        "started_at": iso(began),
        "completed_at": iso(completed_at),
        "error_message": error or None,
        "execution_time_ms": None if completed_at is None else completed_at - began,
        "steps_completed": done,
        "total_steps": total,
        "event_seq": seq,
        "key": key,
        "parent_id": parent,
        "replay_of": replay_of,
        "depth": depth,
    }


def _step(row: Any, budget: Budget) -> results.ExecutionStep:
    run, number, node, type_, status, began, ended, given, result, error, attempt, changes = row
    return results.ExecutionStep(
        id=run,
        action_id=number,
        step=node,
        type=type_,
        status=status,
        started_at=str(iso(began)),
        completed_at=iso(ended),
        input=budget.read(given),
        result=budget.read(result),
        error_message=error or None,
        execution_time_ms=None if ended is None else ended - began,
        retry_count=attempt - 1,
        changes=budget.read(changes) or {},
    )


def _approval(row: Any) -> results.Approval:
    number, execution, workflow, question, options, mesh, user, asked, expires, answer, by = row
    return results.Approval(
        id=number,
        execution_id=execution,
        process=workflow,
        question=question,
        options=tuple(json.loads(options)),
        mesh_id=mesh,
        user_id=user,
        asked_at=str(iso(asked)),
        expires_at=str(iso(expires)),
        answer=answer,
        answered_by=by,
    )
