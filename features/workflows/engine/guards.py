"""Whether an execution may begin: loops, failures in a row, budgets, cooldown, rate limit, mode.

Owns the rules and their order.  Does not own matching nor beginning.  Each refusal is one sentence,
which `why` repeats.
"""

from __future__ import annotations

import json
import sqlite3
from collections import deque
from typing import Final

import msgspec

from meshvisor.features.workflows import wordings as say
from meshvisor.features.workflows.engine.database import QUERIES
from meshvisor.features.workflows.engine.executions import Executions
from meshvisor.features.workflows.model.program import Program

DEEPEST: Final = 8
"""Executions that may follow from each other, the first one counted."""
COUNTED: Final = "$threshold"
"""Where the moments of events are kept that a threshold counts, among values of fields."""
MOST_FAILURES: Final = 10
"""Executions that fail in a row before the workflow rests."""
FIRST_REST: Final = 60_000
"""Milliseconds that it rests; doubled each time, until one goes well."""
LONGEST_REST: Final = 3_600_000
BUDGET: Final = 600
"""Executions that one workflow may begin by itself within `BUDGET_TIME`."""
BUDGET_TIME: Final = 60_000
OWNER_BUDGET: Final = 3_000
"""Those of all workflows of one owner."""
MOST_LIVE: Final = 10_000
"""Executions that live at the same time, of all workflows."""


class Verdict(msgspec.Struct, frozen=True):
    """What becomes of an execution that would begin."""

    do: str
    """`begin`, `queue`, `restart`, `refuse`."""
    reason: str = ""
    """Why it is refused, or waits."""
    is_alarming: bool = False
    """Whether people should be notified."""


BEGIN: Final = Verdict("begin")


class Guards:
    """The rules, and what they remember.

    Args:
        db: the engine's database.
        executions: what lives.
    """

    def __init__(self, db: sqlite3.Connection, executions: Executions) -> None:
        self._db = db
        self._executions = executions
        self._begun: dict[int | str, deque[int]] = {}
        self._circuits: dict[int, tuple[int, int]] = {}

    def load(self) -> None:
        """Read what is kept."""
        self._begun.clear()
        self._circuits = {
            workflow: (failures, until)
            for workflow, failures, until in self._db.execute(QUERIES["circuits"])
        }

    def judge(self, program: Program, key: str, depth: int) -> Verdict:
        """Say what becomes of an execution that a trigger has begun."""
        now = self._executions.now()
        if depth >= DEEPEST:
            return Verdict(
                "refuse",
                say.FOLLOWS_ITSELF(count=DEEPEST),
                # The alert that tells of it is one deeper, and needs no other one.
                is_alarming=depth == DEEPEST,
            )
        failures, until = self._circuits.get(program.id, (0, 0))
        if until > now:
            return Verdict(
                "refuse",
                say.RESTS(failures=failures, seconds=max(1, (until - now) // 1000)),
            )
        for who, most in ((program.id, BUDGET), (program.owner or "", OWNER_BUDGET)):
            begun = self._begun.setdefault(who, deque())
            while begun and begun[0] <= now - BUDGET_TIME:
                begun.popleft()
            if len(begun) >= most:
                is_own = who == program.id
                owner = who or "this machine"
                spent = (
                    say.BUDGET_SPENT(most=most)
                    if is_own
                    else say.OWNER_BUDGET_SPENT(owner=owner, most=most)
                )
                return Verdict("refuse", spent, is_alarming=True)
        if reason := self._held_back(program, key, now):
            return Verdict("refuse", reason)
        return self.by_mode(program, key)

    def reached(self, program: Program, key: str, at: int) -> str | None:
        """Count an event that a trigger means; return why it is too early, None: it is not.

        Args:
            program: that would begin.
            key: of the execution.
            at: when it has happened: those that were read late are counted as they came.
        """
        if program.threshold is None:
            return None
        most, seconds = program.threshold
        row = self._db.execute(QUERIES["seen_one"], (program.id, key, COUNTED)).fetchone()
        before = [] if row is None else json.loads(row[0])
        moments = [*(one for one in before if one > at - seconds * 1000), at]
        is_reached = len(moments) >= most
        text = json.dumps([] if is_reached else moments)
        self._db.execute(QUERIES["see"], (program.id, key, COUNTED, text))
        if is_reached:
            return None
        count = {"count": len(moments), "most": most, "seconds": f"{seconds:g}"}
        return say.TOO_FEW_FOR(key=key, **count) if key else say.TOO_FEW(**count)

    def count(self, program: Program, key: str) -> None:
        """Note that one has begun, or waits for its turn."""
        now = self._executions.now()
        for who in (program.id, program.owner or ""):
            self._begun.setdefault(who, deque()).append(now)
        longest = max(program.cooldown, program.rate[1] if program.rate else 0)
        if longest:
            self._db.execute(QUERIES["add_start"], (program.id, key, now))
            before = now - round(longest * 1000)
            self._db.execute(QUERIES["forget_starts"], (program.id, key, before))

    def failed(self, program: Program) -> str | None:
        """Note a failure; return why the workflow rests from now on, None: it does not."""
        failures, _until = self._circuits.get(program.id, (0, 0))
        failures += 1
        until = 0
        if failures >= MOST_FAILURES:
            rest = min(FIRST_REST * 2 ** min(failures - MOST_FAILURES, 10), LONGEST_REST)
            until = self._executions.now() + rest
        self._circuits[program.id] = (failures, until)
        self._db.execute(QUERIES["set_circuit"], (program.id, failures, until))
        return say.RESTS_NOW(failures=failures) if failures == MOST_FAILURES else None

    def succeeded(self, program: Program) -> None:
        """Note that one went well."""
        if self._circuits.get(program.id, (0, 0))[0]:
            self._circuits[program.id] = (0, 0)
            self._db.execute(QUERIES["set_circuit"], (program.id, 0, 0))

    def _held_back(self, program: Program, key: str, now: int) -> str | None:
        if program.cooldown:
            since = now - round(program.cooldown * 1000)
            count, last = self._db.execute(
                QUERIES["starts_since"], (program.id, key, since)
            ).fetchone()
            if count:
                ago, cooldown = f"{(now - last) / 1000:.0f}", f"{program.cooldown:g}"
                if key:
                    return say.COOLS_DOWN_FOR(key=key, ago=ago, cooldown=cooldown)
                return say.COOLS_DOWN(ago=ago, cooldown=cooldown)
        if program.rate is not None:
            most, seconds = program.rate
            since = now - round(seconds * 1000)
            (count, _) = self._db.execute(
                QUERIES["starts_since"], (program.id, key, since)
            ).fetchone()
            if count >= most:
                limit = {"count": count, "seconds": f"{seconds:g}", "most": most}
                return say.RATE_FOR(key=key, **limit) if key else say.RATE(**limit)
        return None

    def by_mode(self, program: Program, key: str) -> Verdict:
        """Say what its mode, and what lives already, make of one that a user has begun."""
        runs = self._executions.running[program.id, key]
        if len(self._executions.live) >= MOST_LIVE:
            return Verdict("refuse", say.MANY_LIVE(most=f"{MOST_LIVE:,}"), is_alarming=True)
        if runs < program.max_parallel:
            return BEGIN
        if program.mode == "single":
            return Verdict("refuse", say.RUNS_ALREADY_FOR(key=key) if key else say.RUNS_ALREADY())
        if program.mode == "restart":
            return Verdict(
                "restart", say.ANOTHER_BEGINS_FOR(key=key) if key else say.ANOTHER_BEGINS()
            )
        (queued,) = self._db.execute(QUERIES["count_queued"], (program.id, key)).fetchone()
        if queued >= program.max_queued:
            full = (
                say.QUEUE_FULL_FOR(count=queued, key=key) if key else say.QUEUE_FULL(count=queued)
            )
            return Verdict("refuse", full)
        wait = say.SOME_RUN_FOR(count=runs, key=key) if key else say.SOME_RUN(count=runs)
        return Verdict("queue", wait)
