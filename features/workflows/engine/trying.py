"""Trying without doing: why a workflow would not begin, what it would do, when it would have begun.

Owns dry runs and back-tests.  Pure but for reading events; nothing is written or carried out.
"""

from __future__ import annotations

import sqlite3
import time
from collections import Counter, deque
from collections.abc import Iterator, Mapping
from typing import Any, Final

from meshvisor.features.workflows import wordings as say
from meshvisor.features.workflows.model.asking import request_of
from meshvisor.features.workflows.model.condition_reasons import why_false
from meshvisor.features.workflows.model.condition_text import as_line
from meshvisor.features.workflows.model.conditions import BEFORE, Test, compile_condition
from meshvisor.features.workflows.model.paths import MISSING, getter
from meshvisor.features.workflows.model.program import Program, Trigger, compile_program
from meshvisor.features.workflows.model.sizes import Budget
from meshvisor.features.workflows.model.state import Outcome, Record, begin
from meshvisor.features.workflows.model.stepping import Stepping
from meshvisor.features.workflows.model.values import iso, values_of
from meshvisor.shared.events import log
from meshvisor.shared.events.event import Event
from meshvisor.shared.events.kind import matches
from meshvisor.shared.events.log import Wanted

LARGEST_VALUES: Final = 512 * 1024
"""Bytes of all values of one dry run: its answer is one message."""
MOST_MOVES: Final = 5_000
"""Moves of one dry run."""
EXAMPLES: Final = 20
PAGE: Final = 2_000
DAY: Final = 86_400_000


def reason_against(program: Program, kind: str, values: Mapping[str, Any]) -> str | None:
    """Return the first reason why an event does not begin a workflow; None: it does."""
    fitting = [
        trigger
        for trigger in program.triggers
        if any(matches(pattern, kind) for pattern in trigger.kinds)
    ]
    if not fitting:
        wanted = sorted({one for trigger in program.triggers for one in trigger.kinds})
        return say.OTHER_KIND(kind=kind, kinds=", ".join(wanted) or "no event")
    reasons = []
    for trigger in fitting:
        reason = _trigger_reason(trigger, values)
        if reason is None:
            if program.when is None:
                return None
            why = why_false(program.when, values)
            if why is None:
                return None
            reason = say.OWN_CONDITION(why=why)
        reasons.append(reason)
    return reasons[0]


def _trigger_reason(trigger: Trigger, values: Mapping[str, Any]) -> str | None:
    for name, wanted in trigger.same:
        found = values.get(name, MISSING)
        if not trigger_same(found, wanted):
            return say.OTHER_VALUE(
                name=name, found=f"{found!r:.80}", trigger=trigger.type, wanted=f"{wanted!r:.80}"
            )
    if trigger.when is None:
        return None
    why = why_false(trigger.when, values)
    return None if why is None else say.OF_TRIGGER(type=trigger.type, why=why)


def trigger_same(found: Any, wanted: Any) -> bool:
    """Say whether a field has the value that a trigger names."""
    if found == wanted or str(found) == str(wanted):
        return True
    return isinstance(found, (list, Mapping)) and wanted in found


# ---- Dry run ---------------------------------------------------------------------------------


def dry_run(
    program: Program, kind: str, values: Mapping[str, Any], inputs: Mapping[str, Any], now: int
) -> dict[str, Any]:
    """Return what a workflow would do; every request is taken to go well, and time to pass.

    Args:
        program: what.
        kind: of the event; empty: it is begun by hand.
        values: of the event.
        inputs: what it is given by hand.
        now: epoch milliseconds.
    """
    reason = reason_against(program, kind, values) if kind else None
    about = {"id": 0, "workflow": program.name, "workflow_id": program.id}
    seen = {**values, **inputs, "inputs": dict(inputs), "execution": about}
    state = begin()
    moves = _Moves(program, seen)
    outcome = Stepping(program, state, seen, now).go()
    moves.take(outcome)
    while outcome.ended is None and moves.count < MOST_MOVES:
        waiting = next((one for one in state.threads if one.waits not in ("", "join")), None)
        if waiting is None:
            break
        now = max(now, waiting.due or now)
        move = Stepping(program, state, seen, now)
        if (wrong := moves.wrong.pop(waiting.run, None)) is not None:
            outcome = move.failure(waiting.run, wrong, may_retry=False)
        elif waiting.waits in ("time", "retry"):
            outcome = move.tick()
        elif waiting.waits == "event":
            outcome = move.event(waiting.run, {"dry_run": True})
        elif waiting.waits == "answer":
            node = program.nodes[waiting.node]
            options = node.config.get("options") or ["yes"]
            outcome = move.answer(waiting.run, str(options[0]), "dry run")
        else:
            outcome = move.result(waiting.run, {"dry_run": True, "alert_id": 0})
        moves.take(outcome)
    budget = Budget(LARGEST_VALUES)
    return {
        "matches": reason is None,
        "reason": reason or (say.WOULD_BEGIN() if kind else say.BY_HAND()),
        "status": outcome.ended or "running",
        "error_message": outcome.error or None,
        "steps": [moves.planned(record, budget) for _, record in sorted(moves.records.items())],
        "variables": budget.keep(state.vars),
    }


class _Moves:
    """What a dry run has led to so far."""

    def __init__(self, program: Program, values: Mapping[str, Any]) -> None:
        self._program = program
        self._values = values
        self.records: dict[int, Record] = {}
        self.wrong: dict[int, str] = {}
        """Steps that would fail before anybody is asked."""
        self.count = 0

    def take(self, outcome: Outcome) -> None:
        self.count += 1
        for record in outcome.records:
            before = self.records.get(record.run)
            if before is not None and record.input is None:
                record.input = before.input
            self.records[record.run] = record
        for effect in outcome.effects:
            if effect.type in ("ask", "call"):
                continue
            try:
                request = request_of(effect, self._program.name, self._values)
            except (ValueError, TypeError, KeyError) as error:
                self.wrong[effect.run] = str(error)
            else:
                self.records[effect.run].changes = {"request": request}

    def planned(self, record: Record, budget: Budget) -> dict[str, Any]:
        return {
            "step": record.node,
            "type": record.type,
            "status": "planned" if record.status == "completed" else record.status,
            "input": budget.keep(record.input),
            "error_message": record.error or None,
        }


# ---- Back-test -------------------------------------------------------------------------------


def back_test(
    db: sqlite3.Connection, document: Mapping[str, Any], days: float, limit: int, now: int
) -> dict[str, Any]:
    """Return at which recorded events a workflow would have begun.

    Args:
        db: the main database.
        document: the stored form.
        days: how far back.
        limit: events that are looked at, the newest ones.
        now: epoch milliseconds.
    """
    began = time.monotonic()
    program = compile_program(document)
    kinds = tuple(sorted({kind for trigger in program.triggers for kind in trigger.kinds}))
    test = _BackTest(program)
    if kinds:
        first = log.first_since(db, now - round(days * DAY))
        wanted = Wanted(kinds)
        after = max(first - 1, log.last(db) - limit)
        while True:
            page = log.read(db, after, PAGE, wanted)
            for event in page.events:
                test.look(event)
            after = page.next
            if not page.has_more:
                break
    return test.result(time.monotonic() - began)


class _BackTest:
    """Looks at one event after another, as the engine would have."""

    def __init__(self, program: Program) -> None:
        self._program = program
        self._events = 0
        self._matched = 0
        self._held_back = 0
        self._examples: deque[dict[str, Any]] = deque(maxlen=EXAMPLES)
        self._misses: Counter[str] = Counter()
        self._begun: dict[str, deque[int]] = {}
        self._counted: dict[str, deque[int]] = {}
        self._before: dict[str, dict[str, Any]] = {}
        # Compiled once, and tried once: looking for the reason anew takes as long as matching.
        self._triggers: list[tuple[Trigger, list[tuple[Test, str]], dict[str, bool]]] = [
            (one, list(_reasons(program, one)), {}) for one in program.triggers
        ]

    def look(self, event: Event) -> None:
        self._events += 1
        values: dict[str, Any] = values_of(event)
        if self._program.changed_fields:
            values = {**values, BEFORE: self._seen(values)}
        why = ""
        for trigger, reasons, kinds in self._triggers:
            if event.kind not in kinds:
                kinds[event.kind] = any(matches(one, event.kind) for one in trigger.kinds)
            if not kinds[event.kind]:
                continue
            reason = next((reason for test, reason in reasons if not test(values)), None)
            if reason is None:
                self._match(event, trigger, values)
                return
            why = why or reason
        self._misses[why] += 1

    def _match(self, event: Event, trigger: Trigger, values: Mapping[str, Any]) -> None:
        self._matched += 1
        program = self._program
        if not self._is_reached(event, values):
            self._held_back += 1
            return
        begun = self._begun.setdefault(program.key_of(values), deque())
        longest = max(program.cooldown, program.rate[1] if program.rate else 0) * 1000
        while begun and begun[0] <= event.at - longest:
            begun.popleft()
        held = bool(program.cooldown and begun and event.at - begun[-1] < program.cooldown * 1000)
        if program.rate is not None and not held:
            since = event.at - program.rate[1] * 1000
            held = sum(at > since for at in begun) >= program.rate[0]
        if held:
            self._held_back += 1
        elif longest:
            begun.append(event.at)
        self._examples.append(
            {
                "seq": event.seq,
                "at": iso(event.at),
                "kind": event.kind,
                "subject": event.subject,
                "reason": "held back" if held else trigger.type,
            }
        )

    def _is_reached(self, event: Event, values: Mapping[str, Any]) -> bool:
        """Count an event as the threshold does, see `Guards.reached`."""
        if self._program.threshold is None:
            return True
        most, seconds = self._program.threshold
        counted = self._counted.setdefault(self._program.key_of(values), deque())
        while counted and counted[0] <= event.at - seconds * 1000:
            counted.popleft()
        counted.append(event.at)
        if len(counted) < most:
            return False
        counted.clear()
        return True

    def _seen(self, values: Mapping[str, Any]) -> dict[str, Any]:
        known = self._before.setdefault(self._program.key_of(values), {})
        before = dict(known)
        for field in self._program.changed_fields:
            value = getter(field)(values)
            if value is not MISSING:
                known[field] = value
        return before

    def result(self, seconds: float) -> dict[str, Any]:
        return {
            "events": self._events,
            "matched": self._matched,
            "held_back": self._held_back,
            "examples": list(self._examples)[::-1],
            "misses": dict(self._misses.most_common()),
            "seconds": round(seconds, 3),
        }


def _reasons(program: Program, trigger: Trigger) -> Iterator[tuple[Test, str]]:
    """Yield what must be true of an event, in the order in which it is looked at, in words."""
    for name, wanted in trigger.same:
        yield _is(name, wanted), say.IS_NOT(name=name, wanted=f"{wanted!r:.80}")
    for tree in (trigger.when, program.when):
        for part in [] if tree is None else tree.get("all", [tree]):
            test = compile_condition(part)
            if test is not None:
                yield test, say.ALWAYS_FALSE(condition=as_line(part))


def _is(name: str, wanted: Any) -> Test:
    return lambda values: trigger_same(values.get(name, MISSING), wanted)
