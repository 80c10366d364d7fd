"""An engine over real databases whose clock tests move; what it asks for is answered by tests."""

from __future__ import annotations

import json
import shutil
import sqlite3
from pathlib import Path
from typing import Any

from meshvisor.features.workflows.engine.answering import Answering
from meshvisor.features.workflows.engine.core import Core
from meshvisor.features.workflows.engine.exchange import Asked, Done, TransactionResult
from meshvisor.features.workflows.engine.execution import Request
from meshvisor.features.workflows.model.definition import read_definition
from meshvisor.features.workflows.supervisor import definitions
from meshvisor.shared.events import log
from meshvisor.shared.events.event import NewEvent
from meshvisor.shared.store.store import Store
from meshvisor.supervisor.control.registry import all_handlers
from tests.clock import ManualClock


class Bench:
    """One home."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.clock = ManualClock()
        self.store = Store.open(folder / "meshvisor.db", clock=self.clock)
        self.requests: list[Request] = []
        """What is under way."""
        self.core = self._open()
        self._asked = 0

    def _open(self) -> Core:
        core = Core(self.folder / "workflows.db", self.folder / "meshvisor.db", self.now)
        self.requests = _checked(core.load())
        return core

    def now(self) -> int:
        """Epoch milliseconds."""
        return round(self.clock.wall() * 1000)

    def save(self, *steps: Any, name: str = "w", on: Any = "alert_created", **more: Any) -> int:
        """Save a workflow, and notify the engine."""
        triggers = on if isinstance(on, list) else [on]
        given = {"name": name, "triggers": triggers, "steps": list(steps), **more}
        document = read_definition(given)

        def work(db: sqlite3.Connection) -> int:
            known = db.execute("SELECT id FROM workflows WHERE name = ?", (name,)).fetchone()
            now = self.now()
            if known is None:
                number = definitions.insert(
                    db, document, actor="ann", owner=None, now=now, is_active=True, template_id=None
                )
            else:
                row = definitions.find(db, name)
                definitions.update(db, row, document, actor="ann", owner=None, now=now)
                number = row.id
            log.append(db, [NewEvent(now, "workflow.changed", name)])
            return number

        number = self.store.write_now(work)
        self.turn()
        return number

    def set_inactive(self, name: str) -> None:
        """Have a workflow begin by itself no more, and notify the engine."""

        def work(db: sqlite3.Connection) -> None:
            db.execute("UPDATE workflows SET is_active = 0 WHERE name = ?", (name,))
            log.append(db, [NewEvent(self.now(), "workflow.deactivated", name)])

        self.store.write_now(work)
        self.turn()

    def happens(self, kind: str, subject: str | None = None, **fields: Any) -> int:
        """Append an event; return its number."""
        mesh, depth = fields.pop("mesh_id", None), fields.pop("depth", 0)
        chain, actor = fields.pop("correlation_id", None), fields.pop("actor", None)
        event = NewEvent(
            self.now(), kind, subject, mesh, actor, fields, depth=depth, correlation_id=chain
        )

        def work(db: sqlite3.Connection) -> int:
            log.append(db, [event])
            return log.last(db)

        return self.store.write_now(work)

    def has_job(self, number: int) -> None:
        """Have a job that waits for its turn."""
        self.store.write_now(
            lambda db: db.execute(
                "INSERT INTO jobs (id, action, mesh_id, priority, lane, data, rate_key, created_by,"
                " created_name, origin, status, ready, ready_since, rank, attempt, next_try, run,"
                " pending, done, failed, existing, created_at, updated_at) VALUES (?, 'x',"
                " '-', 3, 'default', '{}', 'x', 'u', 'u', 'workflow', 'queued', 1, 0, 3, 1, 0, 1,"
                " 1, 0, 0, 0, 0, 0)",
                (number,),
            ).close()
        )

    def turn(self, *done: Done, asked: tuple[Asked, ...] = ()) -> TransactionResult:
        """Carry out turns until nothing more comes."""
        turn = first = self.core.transact(done, asked, Answering(self.core))
        self.requests += _checked(turn.requests)
        while turn.has_more:
            turn = self.core.transact()
            self.requests += _checked(turn.requests)
        return first

    def ask(self, what: str, **arguments: Any) -> Any:
        """Ask the engine."""
        self._asked += 1
        (answer,) = self.turn(asked=(Asked(self._asked, what, arguments),)).answers
        if answer.error is not None:
            raise AssertionError(answer.error)
        return answer.result

    def later(self, seconds: float) -> None:
        """Let time pass."""
        self.clock.advance(seconds)
        self.turn()

    def take(self, kind: str = "") -> Request:
        """Take the first request that is under way, of a type."""
        found = next(one for one in self.requests if kind in ("", one.request["type"]))
        self.requests.remove(found)
        return found

    def done(self, kind: str = "", result: Any = None) -> Request:
        """Have a request done."""
        request = self.take(kind)
        self.turn(Done(request, result if result is not None else {}))
        return request

    def fails(self, kind: str = "", error: str = "no", *, known: bool = True) -> None:
        """Have a request refused."""
        self.turn(Done(self.take(kind), error=error, known=known))

    def dies(self) -> None:
        """End the engine between two transactions, and start it again."""
        self.core.close()
        self.core = self._open()

    def restore(self, backup: Path) -> None:
        """Put a backup in the place of the main database, as docs/processes.md says."""
        self.close()
        for suffix in ("-wal", "-shm"):
            (self.folder / f"meshvisor.db{suffix}").unlink(missing_ok=True)
        shutil.copy(backup, self.folder / "meshvisor.db")
        (self.folder / "meshvisor.db").chmod(0o600)
        self.store = Store.open(self.folder / "meshvisor.db", clock=self.clock)
        self.core = self._open()

    def execution(self, number: int) -> sqlite3.Row:
        """Return the row of an execution."""
        self.core.db.row_factory = sqlite3.Row
        try:
            row = self.core.db.execute("SELECT * FROM executions WHERE id = ?", (number,))
            found: sqlite3.Row = row.fetchone()
            return found
        finally:
            self.core.db.row_factory = None

    def result(self, execution: int, node: str) -> Any:
        """Return what a step of an execution has led to."""
        query = "SELECT result FROM steps WHERE execution_id = ? AND node = ?"
        (text,) = self.core.db.execute(query, (execution, node)).fetchone()
        return json.loads(text)

    def statuses(self) -> list[str]:
        """Return the status of every execution, oldest first."""
        rows = self.core.db.execute("SELECT status FROM executions ORDER BY id")
        return [status for (status,) in rows]

    def reported(self) -> list[str]:
        """Return the kinds of messages to the supervisor."""
        rows = self.core.db.execute("SELECT entry FROM outbox ORDER BY number")
        return [json.loads(entry)["kind"] for (entry,) in rows]

    def close(self) -> None:
        """Close everything."""
        self.core.close()
        self.store.close()


# Private


def _checked(requests: list[Request]) -> list[Request]:
    """Return requests that the supervisor understands."""
    for one in requests:
        all_handlers()[one.request["type"]].request.model_validate(one.request)
    return requests
