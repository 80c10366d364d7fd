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
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from meshvisor.features.workflows import events as kinds
from meshvisor.features.workflows import wordings as say
from meshvisor.features.workflows.engine import jobs
from meshvisor.features.workflows.engine.alarms import Alarms
from meshvisor.features.workflows.engine.catalog import Catalog
from meshvisor.features.workflows.engine.database import (
    QUERIES,
    open_main,
    open_own,
    transaction,
)
from meshvisor.features.workflows.engine.exchange import (
    AbsentError,
    Answer,
    Asked,
    Done,
    RefusedError,
    TransactionResult,
)
from meshvisor.features.workflows.engine.execution import OF_WORKFLOWS, Beginning, Cause, Request
from meshvisor.features.workflows.engine.executions import Executions
from meshvisor.features.workflows.engine.guards import Guards, Verdict
from meshvisor.features.workflows.engine.questions import Questions
from meshvisor.features.workflows.engine.times import Times
from meshvisor.features.workflows.model.conditions import BEFORE
from meshvisor.features.workflows.model.paths import MISSING, getter
from meshvisor.features.workflows.model.program import Program, Trigger
from meshvisor.features.workflows.model.triggers import OF_TIME, lasting
from meshvisor.features.workflows.model.values import values_of
from meshvisor.shared.events import log as event_log
from meshvisor.shared.events.event import Event
from meshvisor.shared.events.log import Wanted
from meshvisor.shared.inputs import defaults

log = logging.getLogger(__name__)

AT_A_TIME: Final = 200
"""Events of one transaction."""
DECISIONS_KEPT: Final = 20_000
OF_DEFINITIONS: Final = (kinds.CHANGED.name, kinds.ACTIVATED.name, kinds.DEACTIVATED.name)
OF_MESSAGES: Final = "message.received"


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
        self.questions = Questions(self.db, self.executions)
        self._jobs = jobs.Jobs(self.main, self.executions)
        self._alarms = Alarms(self.db, self.executions, self.guards)
        self.executions.failed = self._alarms.failed
        self.executions.succeeded = lambda live: self.guards.succeeded(live.program)
        self.cursor = 0
        self.times = Times(self.db, now)

    # ---- Life --------------------------------------------------------------------------------

    def load(self, since: int | None = None) -> list[Request]:
        """Read everything; return the requests that were under way when it ended.

        Args:
            since: number of the event behind which it begins when it has never been here; None:
                the newest one.
        """
        with transaction(self.db):
            self.catalog.reload()
            self.guards.load()
            found = self.executions.load()
            last = event_log.last(self.main)
            self.cursor = int(self._meta("cursor", lambda: str(last if since is None else since)))
            if self.cursor > last:
                self._follow_restored_log(last)
            self.times.load()
            self.times.plan(self.catalog.active.values())
        self._settle_waits()
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
    ) -> TransactionResult:
        """Carry out one transaction.

        Args:
            done: what came of requests.
            asked: questions, answered within the transaction.
            answer: answers one; raises `RefusedError`.

        Raises:
            sqlite3.Error: the database cannot be used; nothing of it was done, and what is kept in
                memory has to be loaded anew.
        """
        answers: list[Answer] = []
        with transaction(self.db):
            for one in done:
                self._take(one)
            for question in asked:
                assert answer is not None
                answers.append(_answered(question, answer))
            has_more = self._read_events()
            self._fire_times()
            self.executions.tick()
            self._begin_queued()
        self._settle_waits()
        waiting = self.executions.waiting
        is_left = bool(waiting.watched_jobs or waiting.new_waits or self.executions.freed)
        return TransactionResult(self._taken(), answers, has_more or is_left)

    @property
    def wanted(self) -> frozenset[str]:
        """The kinds of events that it has to be woken for."""
        found = {
            *self.catalog.index.kinds, *self.executions.waiting.kinds, *OF_DEFINITIONS, *jobs.KINDS,
        }  # fmt: skip
        if self.questions.wait_in_rooms():
            found.add(OF_MESSAGES)
        return frozenset(found)

    def next_due(self) -> int | None:
        """Return the moment at which there is something to do without anything happening."""
        found = (self.times.next_due(), self.executions.waiting.next_due())
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
        return page.has_more

    def _event(self, event: Event) -> None:
        event = self._in_its_chain(event)
        if event.kind in OF_DEFINITIONS:
            self.catalog.reload()
            self.times.plan(self.catalog.active.values())
        if event.kind in jobs.KINDS:
            self._jobs.hear(event)
        values = values_of(event)
        if event.kind == OF_MESSAGES:
            self.questions.hear(event, values)
        self.executions.event(event.kind, values)
        begun: set[int] = set()
        before: dict[int, dict[str, Any]] = {}
        for program, trigger, test in self.catalog.index.find(event.kind, values):
            if program.id in begun:
                continue
            try:
                if test is not None or self._matches(program, trigger, values, before):
                    begun.add(program.id)
                    self._begin(program, trigger, event, values)
            except sqlite3.Error:
                raise
            except Exception as error:
                # A mistake of ours keeps this one from running, and no other.
                log.exception("%s cannot begin at event %d", program.name, event.seq)
                self._decide(event.seq, program, say.OUR_MISTAKE(error=type(error).__name__))

    def _in_its_chain(self, event: Event) -> Event:
        """Return an event that a workflow has caused and whose feature does not say so, as what it
        is: the next one of the chain that its newest execution is in.
        """
        if event.depth or event.correlation_id is not None:
            return event
        actor = event.actor
        if event.kind.startswith("job.") and event.subject is not None:
            actor = self._jobs.creator(event.subject)
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

    def _matches(
        self,
        program: Program,
        trigger: Trigger,
        values: dict[str, Any],
        before: dict[int, dict[str, Any]],
    ) -> bool:
        """Say whether an event or a time is meant.

        Args:
            program: whose trigger.
            trigger: what it may begin.
            values: of it.
            before: what workflows have seen before this event: the same for all of their triggers.
        """
        seen = values
        if program.changed_fields:
            if program.id not in before:
                before[program.id] = self._seen(program, values)
            seen = {**values, BEFORE: before[program.id]}
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
        early = self.guards.reached(program, key, event.at)
        if early is not None:
            self._decide(event.seq, program, early)
            return
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
                inputs=defaults(program.inputs),
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
            self.executions.records.log(number, "info", f"waits: {verdict.reason}")
        return number

    def _refuse(self, verdict: Verdict, beginning: Beginning) -> None:
        self._decide(beginning.cause.seq or 0, beginning.program, verdict.reason)
        if verdict.is_alarming:
            self._alarms.refused(beginning, verdict.reason)

    def _decide(self, seq: int, program: Program, reason: str) -> None:
        """Write down why a workflow does not run at an event."""
        self.db.execute(QUERIES["decide"], (seq, program.id, self.now(), reason))
        self.db.execute(QUERIES["forget_decisions"], (DECISIONS_KEPT,))

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

    def _settle_waits(self) -> None:
        """Have steps go on whose job, or whose event, was there before they waited for it."""
        waiting = self.executions.waiting
        news, waiting.new_waits[:] = list(waiting.new_waits), []
        ended = self._jobs.ended()
        if ended or news:
            with transaction(self.db):
                for one in ended:
                    self.executions.job_ended(*one)
                for execution, run in news:
                    self._look_back(execution, run)

    def _look_back(self, execution: int, run: int) -> None:
        """Find the event that a step waits for among those since its execution began.

        Only of alerts and jobs, whose state lasts.  What somebody has said before they were asked
        is no answer.
        """
        live = self.executions.live.get(execution)
        kinds = () if live is None else lasting(self.executions.waiting.kinds_of(execution, run))
        if live is None or not kinds:
            return
        about = live.values.get("event", {})
        after = about.get("seq") or event_log.first_since(self.main, live.started_at) - 1
        while after < self.cursor:
            page = event_log.read(self.main, after, AT_A_TIME, Wanted(kinds))
            for event in page.events:
                # Those behind the cursor come by themselves.
                if event.seq > self.cursor or not self.executions.missed(
                    execution, run, values_of(event)
                ):
                    return
            after = page.next

    # ---- Times -------------------------------------------------------------------------------

    def _fire_times(self) -> None:
        for due in self.times.come():
            program = self.catalog.active.get(due.workflow_id)
            if program is None:
                continue
            try:
                self._fire(program, due.trigger, due.planned)
            except sqlite3.Error:
                raise
            except Exception:
                log.exception("%s cannot begin at its time", program.name)

    def _fire(self, program: Program, number: int, planned: int) -> None:
        values: dict[str, Any] = {
            "event": {"kind": "time", "at": planned, "data": {}},
            "planned_at": planned,
            "now": planned,
        }
        trigger = next(one for one in program.triggers if one.index == number)
        if not self._matches(program, trigger, values, {}):
            return
        key = program.key_of(values)
        self._carry_verdict(
            self.guards.judge(program, key, 0),
            Beginning(
                program=program,
                values=values,
                trigger=OF_TIME,
                by="schedule",
                inputs=defaults(program.inputs),
                key=key,
                priority=trigger.priority,
                cause=Cause(depth=1),
            ),
        )

    # ---- Beginning by hand, and by turns -----------------------------------------------------

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

    def remove_before(self, moment: int, limit: int) -> int:
        """Remove executions that have ended before a moment; return how many."""
        numbers = [one for (one,) in self.db.execute(QUERIES["outdated"], (moment, limit))]
        with transaction(self.db):
            for number in numbers:
                for table in ("steps", "logs", "approvals"):
                    self.db.execute(
                        f"DELETE FROM {table} WHERE execution_id = ?",  # noqa: S608
                        (number,),
                    )
                self.db.execute("DELETE FROM executions WHERE id = ?", (number,))
        return len(numbers)

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
    except sqlite3.Error:
        raise
    except Exception as error:
        # A mistake of ours about one question ends nothing else.
        log.exception("%s cannot be answered", question.what)
        return Answer(question.number, error=say.OUR_MISTAKE(error=type(error).__name__))


def _seen(request: Request, result: Any) -> Any:
    """Return a result as steps see it: the number of an alert is its alert_id, as in events."""
    if str(request.request.get("type")).startswith("alert_") and isinstance(result, Mapping):
        return {**result, "alert_id": str(result.get("id"))}
    return result
