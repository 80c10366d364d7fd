"""Executions: begun, moved on, and ended, each move in the transaction of what has moved it.

Owns the rows of executions and their steps, and what is kept in memory of those that live.  Does
not own whether one may begin (`guards`), what follows in one (`model.stepping`), nor what its steps
reach for (`effects`).
"""

from __future__ import annotations

import heapq
import json
import logging
import sqlite3
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any, Final

import msgspec

from meshvisor.features.workflows import events
from meshvisor.features.workflows import wordings as say
from meshvisor.features.workflows.engine.catalog import Catalog
from meshvisor.features.workflows.engine.database import QUERIES
from meshvisor.features.workflows.engine.effects import Effects
from meshvisor.features.workflows.engine.execution import Beginning, Cause, Live, Request, written
from meshvisor.features.workflows.model.program import Program
from meshvisor.features.workflows.model.stepping import (
    Outcome,
    Record,
    State,
    Stepping,
    begin,
    next_due,
    waits,
)
from meshvisor.features.workflows.model.triggers import TRIGGERS, kinds_of

log = logging.getLogger(__name__)

STATUS_OF: Final = {"completed": "completed", "failed": "failed", "timeout": "timeout",
                    "cancelled": "cancelled"}  # fmt: skip


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
        self.effects = Effects(db, catalog, self)
        self.freed: set[tuple[int, str]] = set()
        """Where a queued one may begin."""
        self.failed: Callable[[Live, str], None] = lambda live, error: None
        self.succeeded: Callable[[Live], None] = lambda live: None
        self.tells_steps = False
        """Whether the supervisor is told of each move: while somebody follows them."""
        self.watched_jobs: list[tuple[int, int, str]] = []
        """Jobs that a step has just begun to wait for: execution, step, number."""
        self._dues: list[tuple[int, int]] = []
        self._jobs: dict[str, tuple[int, int]] = {}
        self._event_waits: dict[int, dict[int, tuple[str, ...]]] = {}

    # ---- Life --------------------------------------------------------------------------------

    def load(self) -> list[Request]:
        """Read those that live; return the requests that were under way."""
        self.live.clear()
        self.running.clear()
        self._dues.clear()
        self._jobs.clear()
        self._event_waits.clear()
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

    def next_due(self) -> int | None:
        """Return the moment at which one has to be looked at; None: none."""
        while self._dues:
            due, number = self._dues[0]
            live = self.live.get(number)
            if live is not None and due == self._due(live):
                return due
            heapq.heappop(self._dues)
        return None

    # ---- Beginning ---------------------------------------------------------------------------

    def create(self, beginning: Beginning, *, status: str = "running", error: str = "") -> int:
        """Add an execution; one that runs begins at once.

        Args:
            beginning: what of.
            status: `running`, `queued`, or `skipped`, which ends it.
            error: why it is skipped.
        """
        program, now = beginning.program, self.now()
        cause = beginning.cause
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
            "total": len(program.nodes),
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
        self.report(live, events.STARTED.name, {})
        self._log(live, "info", f"begun by {beginning.by} ({beginning.trigger})")
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
        while (due := self.next_due()) is not None and due <= self.now():
            _, number = heapq.heappop(self._dues)
            live = self.live[number]
            if live.deadline_at <= self.now():
                limit = f"{live.program.deadline:g}"
                self.end(live, "timeout", say.OVER_DEADLINE(seconds=limit))
                continue
            self._move(live, lambda stepping: stepping.tick())
            if number in self.live:
                self._push(live)

    def event(self, kind: str, values: Mapping[str, Any]) -> None:
        """Take in an event for those that wait for one."""
        for number, waiting in list(self._event_waits.items()):
            live = self.live.get(number)
            if live is None:
                continue
            for run, kinds in list(waiting.items()):
                if kind in kinds or f"{kind.partition('.')[0]}.*" in kinds:
                    self._may_go_on(live, run, values)

    def _may_go_on(self, live: Live, run: int, values: Mapping[str, Any]) -> None:
        thread = next((one for one in live.state.threads if one.run == run), None)
        if thread is None or thread.waits != "event":
            return
        node = live.program.nodes[thread.node]
        # What the execution knows is there under `trigger`, for comparisons with it.
        seen = {
            **values,
            "trigger": live.values,
            "vars": live.state.vars,
            "steps": live.state.steps,
        }
        if node.where is None or node.where(seen):
            self._move(live, lambda stepping: stepping.event(run, values))

    def job_ended(self, job_id: str, status: str, error: str | None, result: Any) -> None:
        """Take in the end of a job for whoever waits for it."""
        found = self._jobs.pop(job_id, None)
        live = None if found is None else self.live.get(found[0])
        if found is None or live is None:
            return
        run = found[1]
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
        """Take in what a person has answered; return whether somebody has waited for it."""
        live = self.live.get(execution)
        if live is None:
            return False
        self._db.execute(QUERIES["close_approval"], (answer, by, self.now(), execution, run))
        self._move(live, lambda stepping: stepping.answer(run, answer, by))
        return True

    @property
    def waited_kinds(self) -> frozenset[str]:
        """Kinds of events that some wait for, and those of jobs while one is waited for."""
        found = {kind for one in self._event_waits.values() for kinds in one.values()
                 for kind in kinds}  # fmt: skip
        return frozenset(found)

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
        now = self.now()
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
                "state": None,
            },
        )
        self._db.execute(QUERIES["log"], (number, now, "info", 0, f"{status}: {why}"))
        if row[15] is not None:
            self.failure(row[15], row[16], say.CHILD_ENDED(number=number, status=status, why=why))

    def end(self, live: Live, ending: Any, error: str) -> None:
        """End one that lives."""
        self._move(live, lambda stepping: stepping.cancel(ending, error))

    def _ended(self, live: Live, ending: str, error: str) -> None:
        self._forget(live)
        level = "info" if ending == "completed" else "error"
        self._log(live, level, ending if not error else f"{ending}: {error}")
        took = self.now() - live.started_at
        kind = {"completed": events.COMPLETED, "cancelled": events.CANCELLED}.get(
            ending, events.FAILED
        )
        self.report(live, kind.name, {"duration_ms": took, "error": error})
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
            self._record(live, record)
        for level, text, run in outcome.log:
            self._db.execute(QUERIES["log"], (live.id, self.now(), level, run, text))
        for run in outcome.abandoned:
            self._abandon(live, run)
        self._write(live, outcome)
        if outcome.ended is not None:
            self._ended(live, outcome.ended, outcome.error)
            return
        if self.tells_steps and outcome.records:
            self._tell_step(live, outcome.records[-1])
        self._note_waits(live)
        self._push(live)
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
        self.report(live, events.STEP.name, data)

    def _record(self, live: Live, record: Record) -> None:
        is_open = record.status == "running"
        values = {
            "execution": live.id,
            "run": record.run,
            "node": record.node,
            "type": record.type,
            "number": record.number,
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

    def _write(self, live: Live, outcome: Outcome) -> None:
        ended = outcome.ended
        status = ended or ("waiting" if waits(live.state) else "running")
        self._db.execute(
            QUERIES["move_execution"],
            {
                "id": live.id,
                "status": status,
                "error": outcome.error,
                "started_at": live.started_at,
                "completed_at": self.now() if ended else None,
                "due_at": None if ended else self._due(live),
                "deadline_at": live.deadline_at,
                "done": live.state.completed,
                # Of one that has ended its variables are read, and nothing else.
                "state": msgspec.json.encode(
                    State([], vars=live.state.vars) if ended else live.state
                ),
            },
        )

    def _note_waits(self, live: Live) -> None:
        waiting: dict[int, tuple[str, ...]] = {}
        for thread in live.state.threads:
            if thread.waits == "event":
                waiting[thread.run] = _kinds(str(thread.detail.get("event")))
            elif thread.waits == "job":
                job = str(thread.detail["job_id"])
                if job not in self._jobs:
                    self._jobs[job] = (live.id, thread.run)
                    self.watched_jobs.append((live.id, thread.run, job))
        if waiting:
            self._event_waits[live.id] = waiting
        else:
            self._event_waits.pop(live.id, None)

    def _abandon(self, live: Live, run: int) -> None:
        """Nobody waits for a step any more: what it has begun is ended."""
        self._db.execute(QUERIES["set_effect"], (None, live.id, run))
        self._db.execute(QUERIES["close_approval"], (None, None, self.now(), live.id, run))
        for job, (execution, step) in list(self._jobs.items()):
            if (execution, step) == (live.id, run):
                del self._jobs[job]
                request = {"type": "jobs_cancel", "job_id": int(job)}
                self.effects.aside(live.program, f"{live.id}:{run}:cancel", request, live)
        for child, parent_run in self._db.execute(QUERIES["children_of"], (live.id,)).fetchall():
            if parent_run == run:
                self.cancel(child, say.CALLER_GOES_ON(number=live.id))

    # ---- Parts -------------------------------------------------------------------------------

    def report(
        self, live: Live, kind: str, data: Mapping[str, Any], actor: str | None = None
    ) -> None:
        """Have the supervisor told of something."""
        entry = {
            "at": self.now(),
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
            **self.cause_of(live),
        }
        self._db.execute(QUERIES["report"], (written(entry),))

    def cause_of(self, live: Live) -> dict[str, Any]:
        """Return what follows from an execution's cause: the chain that its events are in."""
        return {
            "correlation_id": live.correlation_id,
            "causation_id": live.causation_id,
            "depth": live.depth,
        }

    def _log(self, live: Live, level: str, text: str) -> None:
        self._db.execute(QUERIES["log"], (live.id, self.now(), level, 0, text))

    def _due(self, live: Live) -> int:
        due = next_due(live.state)
        return live.deadline_at if due is None else min(due, live.deadline_at)

    def _push(self, live: Live) -> None:
        heapq.heappush(self._dues, (self._due(live), live.id))

    def _remember(self, live: Live) -> None:
        self.live[live.id] = live
        self.running[live.program.id, live.key] += 1
        self._note_waits(live)
        self._push(live)

    def _forget(self, live: Live) -> None:
        self.live.pop(live.id, None)
        self._event_waits.pop(live.id, None)
        self.running[live.program.id, live.key] -= 1
        if not self.running[live.program.id, live.key]:
            del self.running[live.program.id, live.key]
        for job in [one for one, (execution, _) in self._jobs.items() if execution == live.id]:
            del self._jobs[job]

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


# Private


def _json(value: Any) -> str | None:
    return None if value is None else written(value)


def _kinds(event: str) -> tuple[str, ...]:
    if event in TRIGGERS:
        return kinds_of(event, {})
    return (event,)
