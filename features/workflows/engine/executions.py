"""Executions: begun, moved on, and ended, each move in the transaction of what has moved it.

Owns those that live.  Does not own whether one may begin (`guards`), what follows in one
(`model.stepping`), what its steps reach for (`effects`), the rows (`records`), nor who waits for
what (`waiting`).
"""

from __future__ import annotations

import json
import logging
import sqlite3
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from meshvisor.features.workflows import events
from meshvisor.features.workflows import wordings as say
from meshvisor.features.workflows.engine.catalog import Catalog
from meshvisor.features.workflows.engine.database import QUERIES
from meshvisor.features.workflows.engine.effects import Effects
from meshvisor.features.workflows.engine.execution import Beginning, Cause, Live, Request
from meshvisor.features.workflows.engine.records import Records
from meshvisor.features.workflows.engine.waiting import Waiting
from meshvisor.features.workflows.model.program import Program
from meshvisor.features.workflows.model.state import Outcome, Record, State, begin
from meshvisor.features.workflows.model.stepping import Stepping

log = logging.getLogger(__name__)


class Executions:
    """All of a home.

    Args:
        db: the engine's database, inside a transaction whenever something is called.
        catalog: the definitions.
        instance: names this database; what its requests begin with.
        now: returns epoch milliseconds.
    """

    def __init__(
        self, db: sqlite3.Connection, catalog: Catalog, instance: str, now: Callable[[], int]
    ) -> None:
        self._db = db
        self._catalog = catalog
        self.instance = instance
        self.now = now
        self.live: dict[int, Live] = {}
        self.running: Counter[tuple[int, str]] = Counter()
        """How many live by workflow and key."""
        self.records = Records(db, now)
        self.waiting = Waiting(self.live)
        self.effects = Effects(db, catalog, self)
        self.freed: set[tuple[int, str]] = set()
        """Where a queued one may begin."""
        self.failed: Callable[[Live, str], None] = lambda live, error: None
        self.succeeded: Callable[[Live], None] = lambda live: None
        self.tells_steps = False
        """Whether each move is reported to the supervisor: while a subscriber follows them."""

    # ---- Life --------------------------------------------------------------------------------

    def load(self) -> list[Request]:
        """Read those that live; return the requests that were under way."""
        self.live.clear()
        self.running.clear()
        self.waiting.clear()
        self.effects.requests.clear()
        for (number,) in self._db.execute(QUERIES["live"]).fetchall():
            live = self._read(number)
            if live is not None:
                self._remember(live)
        found = []
        for execution, run, text in self._db.execute(QUERIES["effects"]).fetchall():
            if execution in self.live:
                found.append(msgspec.json.decode(text, type=Request))
            else:
                self._db.execute(QUERIES["set_effect"], (None, execution, run))
        for key, workflow, owner, request, cause in self._db.execute(QUERIES["asides"]):
            found.append(Request(key, workflow, owner, json.loads(request), json.loads(cause)))
        self.freed.update(
            (workflow, key) for workflow, key in self._db.execute(QUERIES["queues"]).fetchall()
        )
        return found

    # ---- Beginning ---------------------------------------------------------------------------

    def create(self, beginning: Beginning, *, status: str = "running", error: str = "") -> int:
        """Add an execution; one that runs begins at once.

        Args:
            beginning: what of.
            status: `running`, `queued`, or `skipped`, which ends it.
            error: why it is skipped.
        """
        number = self.records.add(beginning, status, error)
        if status == "running":
            self._begin(number, beginning)
        return number

    def begin_queued(self, workflow_id: int, key: str) -> bool:
        """Begin the next one that waits for its turn; return whether there was one."""
        row = self._db.execute(QUERIES["queued"], (workflow_id, key)).fetchone()
        if row is None:
            return False
        found = self._db.execute(QUERIES["execution"], (row[0],)).fetchone()
        program = self._catalog.program(found[1], found[3])
        if program is None:
            self.end_unbegun(row[0], "failed", say.LOST_REVISION())
            return True
        beginning = Beginning(
            program=program,
            values=json.loads(found[8]),
            trigger=found[6],
            by=found[5],
            inputs=json.loads(found[9]),
            key=key,
            cause=Cause(found[7], found[17], found[18], found[19]),
            parent=found[15],
            parent_run=found[16],
        )
        self._begin(row[0], beginning)
        return True

    def _begin(self, number: int, beginning: Beginning) -> None:
        program, now = beginning.program, self.now()
        live = Live(
            id=number,
            program=program,
            values=self._values(number, program, beginning.values, beginning.inputs),
            state=beginning.state or begin(),
            key=beginning.key,
            by=beginning.by,
            trigger=beginning.trigger,
            started_at=now,
            deadline_at=now + round(program.deadline * 1000),
            parent=beginning.parent,
            parent_run=beginning.parent_run,
            correlation_id=beginning.cause.correlation_id or f"{self.instance}-{number}",
            causation_id=beginning.cause.causation_id,
            depth=beginning.cause.depth,
        )
        self._remember(live)
        self.records.report(live, events.STARTED.name, {})
        self.records.log(live.id, "info", f"begun by {beginning.by} ({beginning.trigger})")
        self._move(live, lambda stepping: stepping.go())

    # ---- Moving on ---------------------------------------------------------------------------

    def result(self, execution: int, run: int, result: Any) -> None:
        """Take in that a step's request was done."""
        live = self.live.get(execution)
        if live is not None:
            self._db.execute(QUERIES["set_effect"], (None, execution, run))
            self._move(live, lambda stepping: stepping.result(run, result))

    def failure(
        self, execution: int, run: int, error: str, *, may_retry: bool = True, known: bool = True
    ) -> None:
        """Take in that it was not."""
        live = self.live.get(execution)
        if live is not None:
            self._db.execute(QUERIES["set_effect"], (None, execution, run))
            self._move(
                live,
                lambda stepping: stepping.failure(run, error, may_retry=may_retry, known=known),
            )

    def refuse(self, live: Live, run: int, why: str) -> None:
        """Take in that what a step asks for can never be."""
        self._move(live, lambda stepping: stepping.failure(run, why, may_retry=False))

    def tick(self) -> None:
        """Take in that it is later."""
        for live in self.waiting.due(self.now):
            if live.deadline_at <= self.now():
                limit = f"{live.program.deadline:g}"
                self.end(live, "timeout", say.OVER_DEADLINE(seconds=limit))
                continue
            self._move(live, lambda stepping: stepping.tick())

    def event(self, kind: str, values: Mapping[str, Any]) -> None:
        """Take in an event for those that wait for one."""
        for live, run in self.waiting.for_event(kind):
            self._may_go_on(live, run, values)

    def missed(self, execution: int, run: int, values: Mapping[str, Any]) -> bool:
        """Take in an event from before a step waited for it; return whether it waits still."""
        live = self.live.get(execution)
        return live is not None and not self._may_go_on(live, run, values)

    def _may_go_on(self, live: Live, run: int, values: Mapping[str, Any]) -> bool:
        """Have a step go on if an event is what it waits for; return whether it does not wait."""
        thread = next((one for one in live.state.threads if one.run == run), None)
        if thread is None or thread.waits != "event":
            return True
        node = live.program.nodes[thread.node]
        alert = thread.detail.get("alert_id")
        if alert is not None and str(values.get("alert_id")) != alert:
            return False
        # What the execution knows is there under `trigger`, for comparisons with it.
        seen = {
            **values,
            "trigger": live.values,
            "vars": live.state.vars,
            "steps": live.state.steps,
        }
        if node.where is not None and not node.where(seen):
            return False
        self._move(live, lambda stepping: stepping.event(run, values))
        return True

    def job_ended(self, job_id: str, status: str, error: str | None, result: Any) -> None:
        """Take in the end of a job for the steps that wait for it."""
        found = self.waiting.for_job(job_id)
        if found is None:
            return
        live, run = found
        if status == "completed":
            outcome = {"job_id": int(job_id), "status": status}
            if isinstance(result, Mapping):
                outcome = {**result, **outcome}
            self._move(live, lambda stepping: stepping.result(run, outcome))
        else:
            if status == "cancelled":
                sentence = say.JOB_CANCELLED(job_id=job_id)
            elif error:
                sentence = say.JOB_FAILED_BY(job_id=job_id, error=error)
            else:
                sentence = say.JOB_FAILED(job_id=job_id)
            self._move(live, lambda stepping: stepping.failure(run, sentence))

    def answer(self, execution: int, run: int, answer: str, by: str) -> bool:
        """Take in what a person has answered; return whether a step has waited for it."""
        live = self.live.get(execution)
        if live is None:
            return False
        self._db.execute(QUERIES["close_approval"], (answer, by, self.now(), execution, run))
        self._move(live, lambda stepping: stepping.answer(run, answer, by))
        return True

    # ---- Ending ------------------------------------------------------------------------------

    def cancel(self, number: int, why: str) -> str | None:
        """End one; return its status then, None: there is none."""
        live = self.live.get(number)
        if live is not None:
            self.end(live, "cancelled", why)
            return "cancelled"
        row = self._db.execute(QUERIES["execution"], (number,)).fetchone()
        return None if row is None else self._cancel_unbegun(number, row[4], why)

    def _cancel_unbegun(self, number: int, status: str, why: str) -> str:
        if status != "queued":
            return status
        self.end_unbegun(number, "cancelled", why)
        return "cancelled"

    def end_unbegun(self, number: int, status: str, why: str) -> None:
        """End one that waits for its turn."""
        row = self._db.execute(QUERIES["execution"], (number,)).fetchone()
        self.records.end_unbegun(number, status, why)
        if row[15] is not None:
            self.failure(row[15], row[16], say.CHILD_ENDED(number=number, status=status, why=why))

    def end(self, live: Live, ending: Any, error: str) -> None:
        """End one that lives."""
        self._move(live, lambda stepping: stepping.cancel(ending, error))

    def _ended(self, live: Live, ending: str, error: str) -> None:
        self._forget(live)
        level = "info" if ending == "completed" else "error"
        self.records.log(live.id, level, ending if not error else f"{ending}: {error}")
        took = self.now() - live.started_at
        kind = {"completed": events.COMPLETED, "cancelled": events.CANCELLED}.get(
            ending, events.FAILED
        )
        self.records.report(live, kind.name, {"duration_ms": took, "error": error})
        self.freed.add((live.program.id, live.key))
        for child, run in self._db.execute(QUERIES["children_of"], (live.id,)).fetchall():
            del run
            self.cancel(child, say.CALLER_ENDED(number=live.id))
        if live.parent is not None and live.parent_run is not None:
            self._tell_parent(live, ending, error)
        if kind is events.FAILED:
            self.failed(live, error)
        elif ending == "completed":
            self.succeeded(live)

    def _tell_parent(self, live: Live, ending: str, error: str) -> None:
        assert live.parent is not None
        assert live.parent_run is not None
        if ending == "completed":
            result = {"execution_id": live.id, "status": ending, "vars": live.state.vars}
            self.result(live.parent, live.parent_run, result)
        else:
            self.failure(
                live.parent, live.parent_run, f"{live.program.name} {ending}: {error}".strip(": ")
            )

    # ---- What a move leads to ----------------------------------------------------------------

    def _move(self, live: Live, move: Callable[[Stepping], Outcome]) -> None:
        if live.id not in self.live:
            return
        stepping = Stepping(
            live.program, live.state, live.values, self.now(), f"{self.instance}-{live.id}:"
        )
        try:
            outcome = move(stepping)
        except Exception as error:
            # A mistake of ours ends this one, and nothing else.
            log.exception("execution %d cannot go on", live.id)
            stepping.out = Outcome()
            outcome = stepping.cancel("failed", say.OUR_MISTAKE(error=type(error).__name__))
        self._take(live, outcome)

    def _take(self, live: Live, outcome: Outcome) -> None:
        for record in outcome.records:
            self.records.step(live.id, record)
        for level, text, run in outcome.log:
            self.records.log(live.id, level, text, run)
        for run in outcome.abandoned:
            self._abandon(live, run)
        self.records.move(live, outcome)
        if outcome.ended is not None:
            self._ended(live, outcome.ended, outcome.error)
            return
        if self.tells_steps and outcome.records:
            self._tell_step(live, outcome.records[-1])
        self.waiting.note(live)
        for effect in outcome.effects:
            # One that was refused may have ended it.
            if live.id in self.live:
                self.effects.begin(live, effect)

    def _tell_step(self, live: Live, record: Record) -> None:
        data = {
            "step": record.node,
            "status": record.status,
            "steps_completed": live.state.completed,
        }
        self.records.report(live, events.STEP.name, data)

    def _abandon(self, live: Live, run: int) -> None:
        """End what a step has begun, because its outcome is not needed any more."""
        self._db.execute(QUERIES["set_effect"], (None, live.id, run))
        self._db.execute(QUERIES["close_approval"], (None, None, self.now(), live.id, run))
        for job in self.waiting.leave_jobs(live.id, run):
            request = {"type": "jobs_cancel", "job_ids": [int(job)]}
            self.effects.aside(live.program, f"{live.id}:{run}:cancel:{job}", request, live)
        for child, parent_run in self._db.execute(QUERIES["children_of"], (live.id,)).fetchall():
            if parent_run == run:
                self.cancel(child, say.CALLER_GOES_ON(number=live.id))

    # ---- Parts -------------------------------------------------------------------------------

    def _remember(self, live: Live) -> None:
        self.live[live.id] = live
        self.running[live.program.id, live.key] += 1
        self.waiting.note(live)

    def _forget(self, live: Live) -> None:
        self.live.pop(live.id, None)
        self.waiting.forget(live.id)
        self.running[live.program.id, live.key] -= 1
        if not self.running[live.program.id, live.key]:
            del self.running[live.program.id, live.key]

    def _values(
        self, number: int, program: Program, values: Mapping[str, Any], inputs: Mapping[str, Any]
    ) -> dict[str, Any]:
        about = {"id": number, "workflow": program.name, "workflow_id": program.id}
        return {**values, **inputs, "inputs": dict(inputs), "execution": about}

    def _read(self, number: int) -> Live | None:
        row = self._db.execute(QUERIES["execution"], (number,)).fetchone()
        (
            _, workflow_id, _name, revision, _status, by, trigger, _seq, values, inputs, key,
            _created, started_at, deadline_at, state, parent, parent_run, correlation, causation,
            depth,
        ) = row  # fmt: skip
        program = self._catalog.program(workflow_id, revision)
        if program is None:
            self.end_unbegun(number, "failed", say.LOST_REVISION())
            return None
        return Live(
            id=number,
            program=program,
            values=self._values(number, program, json.loads(values), json.loads(inputs)),
            state=msgspec.json.decode(state, type=State),
            key=key,
            by=by,
            trigger=trigger,
            started_at=started_at,
            deadline_at=deadline_at,
            parent=parent,
            parent_run=parent_run,
            correlation_id=correlation or f"{self.instance}-{number}",
            causation_id=causation,
            depth=depth,
        )
