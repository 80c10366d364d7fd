"""The engine without its connections: one transaction after another.

Owns the order within a transaction: what was carried out, what is asked, events behind the cursor,
times that have come, and those that wait for their turn.  The cursor, executions, steps, cooldowns
and what the supervisor is to be told are one transaction: an event is matched once, whatever is
killed when.  Does not own what is carried out between transactions (`link`).
"""

from __future__ import annotations

import json
import logging
import secrets
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import msgspec

from meshvisor.features.workflows import events as kinds
from meshvisor.features.workflows import wordings as say
from meshvisor.features.workflows.engine.catalog import Catalog
from meshvisor.features.workflows.engine.database import QUERIES, open_main, open_own
from meshvisor.features.workflows.engine.execution import Beginning, Cause, Live, Request
from meshvisor.features.workflows.engine.executions import Executions
from meshvisor.features.workflows.engine.guards import DEEPEST, Guards, Verdict
from meshvisor.features.workflows.engine.times import Times
from meshvisor.features.workflows.model.conditions import BEFORE
from meshvisor.features.workflows.model.paths import MISSING, getter
from meshvisor.features.workflows.model.program import Program, Trigger
from meshvisor.features.workflows.model.triggers import OF_TIME
from meshvisor.features.workflows.model.values import values_of
from meshvisor.shared.events import log as event_log
from meshvisor.shared.events.event import Event
from meshvisor.shared.events.log import Wanted

log = logging.getLogger(__name__)

AT_A_TIME: Final = 200
"""Events of one transaction."""
DECISIONS_KEPT: Final = 20_000
AGAIN: Final = 600_000
"""Milliseconds after which people are told anew that a workflow is kept from running."""
OF_JOBS: Final = ("job.completed", "job.failed", "job.cancelled", "job.deleted")
OF_DEFINITIONS: Final = (kinds.CHANGED.name, kinds.ACTIVATED.name, kinds.DEACTIVATED.name)
RESULT_OF_JOB: Final = """
SELECT status, error, (SELECT result FROM job_items WHERE job_id = jobs.id AND position = 0)
FROM jobs WHERE id = ?
"""
CREATOR_OF_JOB: Final = "SELECT created_by FROM jobs WHERE id = ?"
OF_WORKFLOWS: Final = "workflow:"
"""What the names of actors begin with that are workflows."""
OPEN: Final = frozenset({"queued", "active", "paused", "interrupted"})


class Done(msgspec.Struct, frozen=True):
    """What came of a request."""

    request: Request
    result: Any = None
    error: str | None = None
    """One sentence; None: it was done."""
    known: bool = True
    """Whether an error says that it was certainly not done."""


class Asked(msgspec.Struct, frozen=True):
    """A question of the supervisor."""

    number: int
    what: str
    arguments: Mapping[str, Any]


class Answer(msgspec.Struct, frozen=True):
    """The answer to one."""

    number: int
    result: Any = None
    error: str | None = None
    is_absent: bool = False
    """Whether the error is that there is no such thing."""


class TransactionResult(msgspec.Struct):
    """What follows from one transaction."""

    requests: list[Request]
    answers: list[Answer]
    has_more: bool
    """Whether more events wait."""


class RefusedError(ValueError):
    """What is asked for cannot be; the message is one sentence."""


class AbsentError(RefusedError):
    """There is nothing of the number that is asked for."""


class Core:
    """The engine of a home.

    Args:
        own: path of the engine's database.
        main: path of the main one.
        now: returns epoch milliseconds.
    """

    def __init__(self, own: Path, main: Path, now: Callable[[], int]) -> None:
        self.db = open_own(own)
        self.main = open_main(main)
        self.main_path = main
        self.now = now
        self.catalog = Catalog(self.main)
        instance = self._meta("instance", lambda: secrets.token_hex(4))
        self.executions = Executions(self.db, self.catalog, instance, now)
        self.guards = Guards(self.db, self.executions)
        self.executions.failed = self._failed
        self.executions.succeeded = lambda live: self.guards.succeeded(live.program)
        self.cursor = 0
        self.times = Times(self.db, now)
        self._alarmed: dict[tuple[int, str], int] = {}
        """When people were told why a workflow was kept from running."""

    # ---- Life --------------------------------------------------------------------------------

    def load(self, since: int | None = None) -> list[Request]:
        """Read everything; return the requests that were under way when it ended.

        Args:
            since: number of the event behind which it begins when it has never been here; None:
                the newest one.
        """
        self.db.execute("BEGIN IMMEDIATE")
        try:
            self.catalog.reload()
            self.guards.load()
            found = self.executions.load()
            last = event_log.last(self.main)
            self.cursor = int(self._meta("cursor", lambda: str(last if since is None else since)))
            if self.cursor > last:
                self._follow_restored_log(last)
            self.times.load()
            self.times.plan(self.catalog.active.values())
            self.db.execute("COMMIT")
        except BaseException:
            self.db.execute("ROLLBACK")
            raise
        self._settle_jobs()
        return [*found, *self._taken()]

    def close(self) -> None:
        """Close both databases."""
        self.db.close()
        self.main.close()

    def transact(
        self,
        done: Sequence[Done] = (),
        asked: Sequence[Asked] = (),
        answer: Callable[[Asked], Any] | None = None,
        heard: int = 0,
    ) -> TransactionResult:
        """Carry out one transaction.

        Args:
            done: what came of requests.
            asked: questions, answered within the transaction.
            answer: answers one; raises `RefusedError`.
            heard: up to which report the supervisor has heard.

        Raises:
            sqlite3.Error: the database cannot be used; nothing of it was done, and what is kept in
                memory has to be loaded anew.
        """
        answers: list[Answer] = []
        self.db.execute("BEGIN IMMEDIATE")
        try:
            if heard:
                self.db.execute(QUERIES["forget_reports"], (heard,))
            for one in done:
                self._take(one)
            for question in asked:
                assert answer is not None
                answers.append(_answered(question, answer))
            has_more = self._read_events()
            self._fire_times()
            self.executions.tick()
            self._begin_queued()
            self.db.execute("COMMIT")
        except BaseException:
            self.db.execute("ROLLBACK")
            raise
        self._settle_jobs()
        waiting = bool(self.executions.watched_jobs or self.executions.freed)
        return TransactionResult(self._taken(), answers, has_more or waiting)

    @property
    def wanted(self) -> frozenset[str]:
        """The kinds of events that it has to be woken for."""
        return frozenset(
            {*self.catalog.index.kinds, *self.executions.waited_kinds, *OF_DEFINITIONS, *OF_JOBS,
             "message.received"}
            if self._waits_for_answers()
            else {*self.catalog.index.kinds, *self.executions.waited_kinds, *OF_DEFINITIONS,
                  *OF_JOBS}
        )  # fmt: skip

    def next_due(self) -> int | None:
        """Return the moment at which there is something to do without anything happening."""
        found = (self.times.next_due(), self.executions.next_due())
        return min((one for one in found if one is not None), default=None)

    # ---- Events ------------------------------------------------------------------------------

    def _follow_restored_log(self, last: int) -> None:
        """Go on behind the newest event of a main database that is older than what was read of it:
        a backup that was put in its place uses the numbers behind that again.
        """
        self.db.execute(QUERIES["forget_numbers"], (last,))
        self._move_cursor(last)

    def _move_cursor(self, seq: int) -> None:
        self.cursor = seq
        self.db.execute(QUERIES["set_meta"], ("cursor", str(seq)))

    def _read_events(self) -> bool:
        wanted = Wanted(tuple(sorted(self.wanted)))
        page = event_log.read(self.main, self.cursor, AT_A_TIME, wanted)
        for event in page.events:
            self._event(event)
        if page.next != self.cursor:
            self._move_cursor(page.next)
        return len(page.events) >= AT_A_TIME

    def _event(self, event: Event) -> None:
        event = self._in_its_chain(event)
        if event.kind in OF_DEFINITIONS:
            self.catalog.reload()
            self.times.plan(self.catalog.active.values())
        if event.kind in OF_JOBS:
            self._job_ended(event)
        values = values_of(event)
        if event.kind == "message.received":
            self._may_answer(event, values)
        self.executions.event(event.kind, values)
        begun: set[int] = set()
        for program, trigger, test in self.catalog.index.find(event.kind, values):
            if program.id in begun:
                continue
            if test is not None or self._matches(program, trigger, values):
                begun.add(program.id)
                self._begin(program, trigger, event, values)

    def _in_its_chain(self, event: Event) -> Event:
        """Return an event that a workflow has caused and whose feature does not say so, as what it
        is: the next one of the chain that its newest execution is in.
        """
        if event.depth or event.correlation_id is not None:
            return event
        actor = event.actor
        if event.kind.startswith("job.") and event.subject is not None:
            row = self.main.execute(CREATOR_OF_JOB, (int(event.subject),)).fetchone()
            actor = None if row is None else row[0]
        if actor is None or not actor.startswith(OF_WORKFLOWS):
            return event
        program = self.catalog.named(actor.removeprefix(OF_WORKFLOWS))
        if program is None:
            return event
        row = self.db.execute(QUERIES["newest_of"], (program.id,)).fetchone()
        if row is None:
            return event
        correlation_id, depth = row
        return event._replace(correlation_id=correlation_id, depth=depth)

    def _matches(self, program: Program, trigger: Trigger, values: dict[str, Any]) -> bool:
        seen = values
        if program.changed_fields:
            seen = {**values, BEFORE: self._seen(program, values)}
        return trigger.matches(seen) and (program.test is None or program.test(seen))

    def _seen(self, program: Program, values: Mapping[str, Any]) -> dict[str, Any]:
        """Return what the fields of a `changed` were before, and keep what they are now."""
        key = program.key_of(values)
        rows = self.db.execute(QUERIES["seen"], (program.id, key))
        before = {field: json.loads(value) for field, value in rows}
        for field in program.changed_fields:
            value = getter(field)(values)
            if value is not MISSING and before.get(field, MISSING) != value:
                text = json.dumps(value, default=str)
                self.db.execute(QUERIES["see"], (program.id, key, field, text))
        return before

    def _begin(
        self, program: Program, trigger: Trigger, event: Event, values: dict[str, Any]
    ) -> None:
        key = program.key_of(values)
        verdict = self.guards.judge(program, key, event.depth)
        cause = Cause(
            event.seq, event.correlation_id or f"event-{event.seq}", event.seq, event.depth + 1
        )
        by = event.actor or str(values.get("user_id") or "system")
        self._carry_verdict(
            verdict,
            Beginning(
                program=program,
                values=values,
                trigger=trigger.type,
                by=by,
                key=key,
                priority=trigger.priority,
                cause=cause,
            ),
        )

    def _carry_verdict(self, verdict: Verdict, beginning: Beginning) -> int | None:
        program, key = beginning.program, beginning.key
        if verdict.do == "refuse":
            self._refuse(verdict, beginning)
            return None
        self.guards.count(program, key)
        if verdict.do == "restart":
            for live in [
                one for one in self.executions.live.values()
                if one.program.id == program.id and one.key == key
            ]:  # fmt: skip
                self.executions.end(live, "cancelled", verdict.reason)
        status = "queued" if verdict.do == "queue" else "running"
        number = self.executions.create(beginning, status=status)
        if status == "queued":
            self.db.execute(
                QUERIES["log"], (number, self.now(), "info", 0, f"waits: {verdict.reason}")
            )
        return number

    def _refuse(self, verdict: Verdict, beginning: Beginning) -> None:
        program, seq = beginning.program, beginning.cause.seq or 0
        self.db.execute(QUERIES["decide"], (seq, program.id, self.now(), verdict.reason))
        self.db.execute(QUERIES["forget_decisions"], (DECISIONS_KEPT,))
        if not verdict.is_alarming:
            return
        # Once for each chain, however many of its events come.
        about = (
            beginning.cause.correlation_id or "" if beginning.cause.depth > DEEPEST else "budget"
        )
        now = self.now()
        if self._alarmed.get((program.id, about), 0) > now - AGAIN:
            return
        if len(self._alarmed) > 1_000:
            self._alarmed.clear()
        self._alarmed[program.id, about] = now
        self.executions.create(beginning, status="skipped", error=verdict.reason)
        self._alarm(program, verdict.reason, beginning.cause)

    def _alarm(self, program: Program, reason: str, cause: Cause) -> None:
        """Tell people, once: the alert of a chain that was cut begins nothing any more."""
        entry = {
            "at": self.now(),
            "kind": kinds.GUARDED.name,
            "workflow": program.name,
            "workflow_id": program.id,
            "data": {"workflow_id": program.id, "reason": reason},
            "actor": None,
            "correlation_id": cause.correlation_id,
            "causation_id": cause.causation_id,
            "depth": cause.depth,
        }
        self.db.execute(QUERIES["report"], (json.dumps(entry),))
        self._alert(
            program,
            f"guard:{program.id}:{self.now()}",
            f"The workflow {program.name} was stopped",
            reason,
            f"workflow-guard:{program.name}",
            "warning",
            # Nothing follows from it, so that the alert itself is not the next turn of the loop.
            {"correlation_id": cause.correlation_id or "guard", "depth": DEEPEST + 2},
        )

    def _failed(self, live: Live, error: str) -> None:
        """An execution has failed: an alert, as the seed says, and perhaps a rest."""
        reason = self.guards.failed(live.program)
        self._alert(
            live.program,
            f"failed:{live.id}",
            f"The workflow {live.program.name} has failed",
            f"Execution {live.id}: {error}",
            f"workflow-failed:{live.program.name}",
            "warning",
            {
                "correlation_id": live.correlation_id,
                "causation_id": live.causation_id,
                "depth": live.depth,
            },
        )
        if reason is not None:
            self._alarm(
                live.program,
                reason,
                Cause(None, live.correlation_id, live.causation_id, live.depth),
            )

    def _alert(  # noqa: PLR0913, PLR0917 - each is a field of it
        self,
        program: Program,
        key: str,
        title: str,
        message: str,
        dedup_key: str,
        severity: str,
        cause: dict[str, Any],
    ) -> None:
        request = {
            "type": "alert_create",
            "title": title[:200],
            "message": message[:2000],
            "severity": severity,
            "source": "workflow",
            "dedup_key": dedup_key,
            "idempotency_key": f"workflow:{self.executions.instance}-{key}",
        }
        self.executions.effects.aside(program, key, request, None, cause)

    # ---- Answers in rooms --------------------------------------------------------------------

    def _waits_for_answers(self) -> bool:
        (count,) = self.db.execute(QUERIES["open_approvals"]).fetchone()
        return bool(count)

    def _may_answer(self, event: Event, values: Mapping[str, Any]) -> None:
        """Take what a user has said as the answer to the newest question that it fits."""
        text = str(values.get("text") or "").strip().casefold()
        for number, options, user_id in self.db.execute(
            QUERIES["open_in_mesh"], (event.mesh_id,)
        ).fetchall():
            if user_id is not None and user_id != event.subject:
                continue
            for option in json.loads(options):
                if text == option.casefold():
                    self.answer_approval(number, option, f"user:{event.subject}")
                    return

    def answer_approval(self, number: int, answer: str, by: str) -> dict[str, Any]:
        """Answer a question.

        Raises:
            RefusedError: there is none, it is closed, or it has other answers.
        """
        row = self.db.execute(QUERIES["approval"], (number,)).fetchone()
        if row is None:
            raise AbsentError(f"there is no question {number}")
        _, execution, run, workflow, options, closed_at = row
        choices = json.loads(options)
        fitting = next(
            (one for one in choices if one.casefold() == answer.strip().casefold()), None
        )
        if closed_at is not None:
            raise RefusedError(f"the question {number} is answered already, or its time is over")
        if choices and fitting is None:
            raise RefusedError(f"{answer[:60]!r} is no answer to it; choose {' or '.join(choices)}")
        said = fitting or answer
        live = self.executions.live.get(execution)
        if live is not None:
            data = {"approval": number, "answer": said}
            self.executions.report(live, kinds.ANSWERED.name, data, by)
        if not self.executions.answer(execution, run, said, by):
            raise RefusedError(f"execution {execution} has ended and waits for no answer")
        return {
            "approval_id": number, "execution_id": execution, "answer": said, "workflow": workflow,
        }  # fmt: skip

    # ---- What was carried out ----------------------------------------------------------------

    def _take(self, done: Done) -> None:
        request = done.request
        if not request.execution:
            self.db.execute(QUERIES["remove_aside"], (request.key,))
            if done.error is not None:
                log.warning("%s: %s", request.request.get("type"), done.error)
        elif done.error is None:
            self.executions.result(request.execution, request.run, _seen(request, done.result))
        else:
            self.executions.failure(request.execution, request.run, done.error, known=done.known)

    def _job_ended(self, event: Event) -> None:
        if event.subject is None:
            return
        status = event.kind.partition(".")[2]
        status = "cancelled" if status == "deleted" else status
        self.executions.job_ended(
            event.subject, status, event.content.get("error"), self._result_of(event.subject)[2]
        )

    def _result_of(self, job: str) -> tuple[str | None, str | None, Any]:
        row = self.main.execute(RESULT_OF_JOB, (int(job),)).fetchone()
        if row is None:
            return None, None, None
        status, error, result = row
        return status, error, None if result is None else json.loads(result)

    def _settle_jobs(self) -> None:
        """Look whether jobs have ended before anybody waited for them: then no event tells."""
        waiting, self.executions.watched_jobs[:] = list(self.executions.watched_jobs), []
        ended = []
        for _, _, job in waiting:
            status, error, result = self._result_of(job)
            if status not in OPEN:
                ended.append((job, status or "cancelled", error, result))
        if not ended:
            return
        self.db.execute("BEGIN IMMEDIATE")
        try:
            for one in ended:
                self.executions.job_ended(*one)
            self.db.execute("COMMIT")
        except BaseException:
            self.db.execute("ROLLBACK")
            raise

    # ---- Times -------------------------------------------------------------------------------

    def _fire_times(self) -> None:
        for due in self.times.come():
            program = self.catalog.active.get(due.workflow_id)
            if program is not None:
                self._fire(program, due.trigger, due.planned)

    def _fire(self, program: Program, number: int, planned: int) -> None:
        values: dict[str, Any] = {
            "event": {"kind": "time", "at": planned, "data": {}},
            "planned_at": planned,
            "now": planned,
        }
        trigger = next(one for one in program.triggers if one.index == number)
        if not self._matches(program, trigger, values):
            return
        key = program.key_of(values)
        self._carry_verdict(
            self.guards.judge(program, key, 0),
            Beginning(
                program=program,
                values=values,
                trigger=OF_TIME,
                by="schedule",
                key=key,
                priority=trigger.priority,
                cause=Cause(depth=1),
            ),
        )

    # ---- Turns -------------------------------------------------------------------------------

    def begin_by_hand(self, beginning: Beginning) -> tuple[int, str]:
        """Begin what somebody has asked for; return its number and status.

        Raises:
            RefusedError: its mode does not allow it now.
        """
        program = beginning.program
        verdict = self.guards.by_mode(program, beginning.key)
        if verdict.do == "refuse":
            raise RefusedError(say.CANNOT_BEGIN(name=program.name, reason=verdict.reason))
        number = self._carry_verdict(verdict, beginning)
        assert number is not None
        row = self.db.execute("SELECT status FROM executions WHERE id = ?", (number,)).fetchone()
        return number, row[0]

    def _begin_queued(self) -> None:
        while self.executions.freed:
            workflow_id, key = self.executions.freed.pop()
            program = self.catalog.active.get(workflow_id) or self.catalog.newest(workflow_id)
            most = 1 if program is None else program.max_parallel
            while self.executions.running[workflow_id, key] < most:
                if not self.executions.begin_queued(workflow_id, key):
                    break

    # ---- Parts -------------------------------------------------------------------------------

    def reports(self, limit: int) -> list[dict[str, Any]]:
        """Return what the supervisor has not heard."""
        return [
            {"number": number, **json.loads(entry)}
            for number, entry in self.db.execute(QUERIES["reports"], (limit,))
        ]

    def remove_before(self, moment: int, limit: int) -> int:
        """Remove executions that have ended before a moment; return how many."""
        numbers = [one for (one,) in self.db.execute(QUERIES["outdated"], (moment, limit))]
        self.db.execute("BEGIN IMMEDIATE")
        for number in numbers:
            for table in ("steps", "logs", "approvals"):
                self.db.execute(f"DELETE FROM {table} WHERE execution_id = ?", (number,))  # noqa: S608
            self.db.execute("DELETE FROM executions WHERE id = ?", (number,))
        self.db.execute("COMMIT")
        return len(numbers)

    def count_reports_from(self, number: int) -> None:
        """Have reports counted behind those that the supervisor knows of: the file may be new."""
        row = self.db.execute("SELECT seq FROM sqlite_sequence WHERE name = 'outbox'").fetchone()
        if row is not None and row[0] >= number:
            return
        self.db.execute("BEGIN IMMEDIATE")
        if row is None:
            self.db.execute(
                "INSERT INTO sqlite_sequence (name, seq) VALUES ('outbox', ?)", (number,)
            )
        else:
            self.db.execute("UPDATE sqlite_sequence SET seq = ? WHERE name = 'outbox'", (number,))
        # Behind all at first, for no two may have the same number on the way.
        self.db.execute("UPDATE outbox SET number = -number")
        self.db.execute("UPDATE outbox SET number = ? - number", (number,))
        self.db.execute(
            "UPDATE sqlite_sequence SET seq = "
            "(SELECT max(seq, coalesce(max(number), 0)) FROM outbox) WHERE name = 'outbox'"
        )
        self.db.execute("COMMIT")

    def _taken(self) -> list[Request]:
        taken, self.executions.effects.requests[:] = list(self.executions.effects.requests), []
        return taken

    def _meta(self, name: str, make: Callable[[], str]) -> str:
        row = self.db.execute(QUERIES["meta"], (name,)).fetchone()
        if row is not None:
            return str(row[0])
        value = make()
        self.db.execute(QUERIES["set_meta"], (name, value))
        return value


def _answered(question: Asked, answer: Callable[[Asked], Any]) -> Answer:
    try:
        return Answer(question.number, answer(question))
    except RefusedError as error:
        return Answer(question.number, error=str(error), is_absent=isinstance(error, AbsentError))


def _seen(request: Request, result: Any) -> Any:
    """Return a result as steps see it: the number of an alert is its alert_id, as in events."""
    if str(request.request.get("type")).startswith("alert_") and isinstance(result, Mapping):
        return {**result, "alert_id": str(result.get("id"))}
    return result
