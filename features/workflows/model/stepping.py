"""What follows in an execution from what has happened: a pure function of its state.

Owns the order of steps, branches, joins, rounds, tries and ends.  Does not own carrying anything
out, the clock, or storing: it is given the moment, and says what is to be asked for and recorded.
Called by the engine (`engine.executions`), by dry runs and by tests.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

import msgspec

from meshvisor.features.workflows import wordings as say
from meshvisor.features.workflows.model.condition_reasons import why_false
from meshvisor.features.workflows.model.program import (
    ON_FAILURE,
    Node,
    Program,
    most_items,
)
from meshvisor.features.workflows.model.sizes import short
from meshvisor.features.workflows.model.state import (
    Effect,
    Ending,
    Frame,
    Outcome,
    Record,
    State,
    Thread,
    seen_of,
)
from meshvisor.features.workflows.model.steps import TYPES
from meshvisor.features.workflows.model.templates import as_text
from meshvisor.features.workflows.model.triggers import kinds_named

MOST_RUNS: Final = 2_000
"""Steps that one execution may begin, rounds counted."""
MOST_THREADS: Final = 200
LARGEST_STATE: Final = 256 * 1024
"""Bytes of variables and results of one execution."""
LONGEST_ERROR: Final = 2_000
A_DAY: Final = 86_400.0
DONE: Final = ("completed", "skipped")
ALERT_TAKEN: Final = ("alert.acknowledged", "alert.resolved")
"""Kinds of events that end the wait for an alert."""
LATEST: Final = 253_402_300_799_000
"""Epoch milliseconds: the last moment that ISO 8601 writes with four digits of the year."""


class Stepping:
    """One move of an execution; make one for each thing that has happened.

    Args:
        program: the revision that the execution runs.
        state: is changed.
        values: of its event, its inputs, and `execution`.
        now: epoch milliseconds.
        key: what the keys of its effects begin with.
    """

    def __init__(
        self, program: Program, state: State, values: Mapping[str, Any], now: int, key: str = ""
    ) -> None:
        self.program = program
        self.state = state
        self.out = Outcome()
        self._values = values
        self._now = now
        self._key = key

    # ---- What can happen ---------------------------------------------------------------------

    def go(self) -> Outcome:
        """Go on until everything waits or it has ended."""
        moved = True
        while moved and self.out.ended is None:
            moved = False
            for thread in list(self.state.threads):
                if not thread.waits and thread in self.state.threads:
                    moved = True
                    self._walk(thread)
        return self.out

    def result(self, run: int, result: Any) -> Outcome:
        """Take in that a step's request was done."""
        thread = self._waiting(run, ("effect", "job", "call"))
        if thread is not None:
            waits_for = TYPES[thread_node(self.program, thread).type].waits_for
            if thread.waits == "effect" and waits_for and self._must_wait(thread, result):
                thread.waits = waits_for
                thread.detail = {"job_id": result["job_id"], "result": result}
                return self.out
            self._complete(thread, result)
        elif (thread := self._waiting(run, ("event",))) is not None and _is_taken(result):
            self._complete(thread, result)
        return self.go()

    def failure(
        self, run: int, error: str, *, may_retry: bool = True, known: bool = True
    ) -> Outcome:
        """Take in that it was not.

        Args:
            run: of the step.
            error: one sentence.
            may_retry: whether another attempt could do better.
            known: whether it certainly was not done; else the next attempt repeats the request.
        """
        thread = self._waiting(run, ("effect", "job", "call"))
        if thread is not None:
            thread.failures += known
            self._failed(thread, error, may_retry=may_retry)
        elif known and (thread := self._waiting(run, ("event",))) is not None:
            self._failed(thread, error, may_retry=may_retry)
        return self.go()

    def tick(self) -> Outcome:
        """Take in that it is later."""
        for thread in list(self.state.threads):
            if thread.due is None or thread.due > self._now or thread not in self.state.threads:
                continue
            self._is_due(thread)
            if self.out.ended is not None:
                return self.out
        return self.go()

    def event(self, run: int, event: Mapping[str, Any]) -> Outcome:
        """Take in that the event has come for which a step waits."""
        thread = self._waiting(run, ("event",))
        if thread is not None:
            found = dict(event)
            if "alert_id" in thread.detail:
                kind = str(found.get("event", {}).get("kind", ""))
                found["state"] = kind.partition(".")[2]
            self._complete(thread, found)
        return self.go()

    def answer(self, run: int, answer: str, by: str) -> Outcome:
        """Take in what a person has answered."""
        thread = self._waiting(run, ("answer",))
        if thread is not None:
            self._complete(thread, {"answer": answer, "by": by})
        return self.go()

    def cancel(self, ending: Ending, error: str) -> Outcome:
        """End it."""
        self._end(ending, error)
        return self.out

    # ---- Walking -----------------------------------------------------------------------------

    def _walk(self, thread: Thread) -> None:
        if not thread.frames:
            self._thread_done(thread)
            return
        frame = thread.frames[-1]
        block = self.program.blocks.get(frame.block, ())
        if frame.at < len(block):
            frame.at += 1
            self._begin(thread, block[frame.at - 1])
            return
        if frame.items is not None and frame.round + 1 < len(frame.items):
            frame.round, frame.at = frame.round + 1, 0
            return
        thread.frames.pop()
        if frame.run and frame.items is not None:
            node = self.program.nodes[frame.node]
            self._record(frame.run, node, "completed", result={"rounds": len(frame.items)})
            self._keep(node, "completed", {"rounds": len(frame.items)})

    def _begin(self, thread: Thread, node: Node) -> None:
        self.state.runs += 1
        thread.run, thread.node, thread.attempt, thread.failures = self.state.runs, node.id, 1, 0
        if self.state.runs > MOST_RUNS:
            self._end("failed", say.MANY_STEPS_BEGUN(most=f"{MOST_RUNS:,}"))
            return
        values = self.values(thread)
        if node.test is not None and not node.test(values):
            assert node.when is not None
            self._record(thread.run, node, "skipped", result={"why": why_false(node.when, values)})
            self._keep(node, "skipped", None)
            return
        self._attempt(thread, node, values)

    def _attempt(self, thread: Thread, node: Node, values: Mapping[str, Any]) -> None:
        try:
            config = node.render(values)
        except ValueError as error:
            self._failed(thread, str(error), may_retry=False)
            return
        if node.is_effect:
            self._ask_for(thread, node, config)
            return
        getattr(self, f"_do_{node.type}")(thread, node, config, values)

    def _ask_for(self, thread: Thread, node: Node, config: Any, waits: str = "effect") -> None:
        thread.waits = waits
        thread.due = self._now + round(node.timeout * 1000)
        self._record(thread.run, node, "running", given=config, attempt=thread.attempt)
        again = f":{thread.failures + 1}" if thread.failures else ""
        key = f"{self._key}{thread.run}{again}"
        self.out.effects.append(Effect(thread.run, node.type, config, key, node.own_timeout))

    def _do_set_variable(self, thread: Thread, node: Node, config: Any, _values: Any) -> None:
        changes = {
            name: {"before": self.state.vars.get(name), "after": value}
            for name, value in config.items()
        }
        self.state.vars.update(config)
        self._record(thread.run, node, "completed", given=config, result=config, changes=changes)
        self._keep(node, "completed", config)

    def _do_branch(self, thread: Thread, node: Node, config: Any, values: Any) -> None:
        taken = "then" if node.decide is None or node.decide(values) else "else"
        self._record(thread.run, node, "completed", result={"taken": taken})
        self._keep(node, "completed", {"taken": taken})
        if taken in node.blocks:
            thread.frames.append(Frame(node.blocks[taken]))

    def _do_for_each(self, thread: Thread, node: Node, config: Any, _values: Any) -> None:
        items = config.get("items")
        if isinstance(items, str):
            items = [one.strip() for one in items.split(",") if one.strip()]
        if not isinstance(items, list):
            self._failed(thread, say.NO_LIST(found=f"{as_text(items)[:60]!r}"), may_retry=False)
            return
        if len(items) > most_items(node):
            self._failed(
                thread,
                say.MANY_ITEMS(count=len(items), most=most_items(node)),
                may_retry=False,
            )
            return
        if not items:
            self._record(thread.run, node, "completed", result={"rounds": 0})
            self._keep(node, "completed", {"rounds": 0})
            return
        self._record(thread.run, node, "running", given={"items": len(items)})
        name = str(config.get("as") or "item")
        thread.frames.append(
            Frame(node.blocks["steps"], run=thread.run, node=node.id, items=items, name=name)
        )

    def _do_parallel(self, thread: Thread, node: Node, config: Any, _values: Any) -> None:
        count = sum(name.startswith("branch ") for name in node.blocks)
        if len(self.state.threads) + count > MOST_THREADS:
            self._end("failed", say.MANY_BRANCHES(most=MOST_THREADS))
            return
        self._record(thread.run, node, "running", given={"branches": count})
        thread.waits, thread.due = "join", None
        thread.detail = {"join": config.get("join", "all"), "of": count, "done": 0, "failed": []}
        for index in range(count):
            self.state.made += 1
            frames = [Frame(one.block, one.at, 0, "", one.items, one.round, one.name)
                      for one in thread.frames if one.items is not None]  # fmt: skip
            for one in frames:
                # Only what the branch sees of the rounds that it is in; it never goes on there.
                one.at, one.items = 1_000_000, [(one.items or [])[one.round]]
                one.round = 0
            frames.append(Frame(node.blocks[f"branch {index}"]))
            self.state.threads.append(
                Thread(self.state.made, parent=thread.id, branch=index, frames=frames)
            )

    def _do_wait(self, thread: Thread, node: Node, config: Any, _values: Any) -> None:
        self._record(thread.run, node, "running", given=config)
        alert, event = config.get("alert"), config.get("event")
        if "alert" in node.config or event:
            timeout = _seconds(config.get("timeout"), A_DAY)
            thread.waits, thread.due = "event", self._now + round(timeout * 1000)
            if "alert" in node.config:
                thread.detail = {"kinds": list(ALERT_TAKEN), "alert_id": as_text(alert)}
                # It may be taken care of already: then no event tells of it.
                self.out.effects.append(
                    Effect(thread.run, node.type, config, f"{self._key}{thread.run}")
                )
            else:
                thread.detail = {"kinds": list(kinds_named(str(event)))}
            return
        thread.waits = "time"
        if config.get("until"):
            moment = _moment(config["until"])
            if moment is None:
                thread.waits = ""
                self._failed(
                    thread, say.NO_MOMENT(found=f"{config['until']!r:.60}"), may_retry=False
                )
                return
            thread.due = moment
        else:
            thread.due = self._now + round(max(0.0, _seconds(config.get("seconds"), 0)) * 1000)

    def _do_ask(self, thread: Thread, node: Node, config: Any, _values: Any) -> None:
        expires = _seconds(config.get("expires"), A_DAY)
        thread.waits, thread.due = "answer", self._now + round(expires * 1000)
        self._record(thread.run, node, "running", given=config)
        self.out.effects.append(Effect(thread.run, "ask", config, f"{self._key}{thread.run}"))

    def _do_call(self, thread: Thread, node: Node, config: Any, _values: Any) -> None:
        # Its own deadline ends the other one; there is no second one here.
        self._ask_for(thread, node, config, "call")
        thread.due = None

    def _do_stop(self, thread: Thread, node: Node, config: Any, _values: Any) -> None:
        self._record(thread.run, node, "completed", given=config)
        is_failure = bool(config.get("failed"))
        reason = as_text(config.get("reason"))
        self._end("failed" if is_failure else "completed", reason if is_failure else "")

    # ---- Ends of steps -----------------------------------------------------------------------

    def _must_wait(self, thread: Thread, result: Any) -> bool:
        node = thread_node(self.program, thread)
        if not isinstance(result, Mapping) or result.get("job_id") is None:
            return False
        return node.config.get("wait", True) is not False

    def _complete(self, thread: Thread, result: Any) -> None:
        node = thread_node(self.program, thread)
        self._record(thread.run, node, "completed", result=result, attempt=thread.attempt)
        self._keep(node, "completed", result)
        self._goes_on(thread)

    def _failed(self, thread: Thread, error: str, *, may_retry: bool = True) -> None:
        node = thread_node(self.program, thread)
        error = error[:LONGEST_ERROR]
        if may_retry and thread.attempt <= node.retries:
            delay = node.retry_delay * node.backoff ** (thread.attempt - 1)
            thread.waits, thread.due = "retry", self._now + round(delay * 1000)
            self._record(thread.run, node, "running", error=error, attempt=thread.attempt)
            self.out.log.append(
                (
                    "warning",
                    say.TRIES_AGAIN(step=node.id, delay=f"{delay:g}", error=error),
                    thread.run,
                )
            )
            return
        self._record(thread.run, node, "failed", error=error, attempt=thread.attempt)
        self._keep(node, "failed", None, error)
        self._goes_on(thread)
        if node.continues:
            self.out.log.append(("warning", say.IS_PASSED(step=node.id, error=error), thread.run))
        elif "on_failure" in node.blocks:
            thread.frames.append(Frame(node.blocks["on_failure"], handled=error))
        else:
            self._thread_failed(thread, f"{node.id}: {error}")

    def _goes_on(self, thread: Thread) -> None:
        thread.waits, thread.due, thread.detail = "", None, {}

    def _is_due(self, thread: Thread) -> None:
        node = thread_node(self.program, thread)
        waits = thread.waits
        if waits == "time":
            self._complete(thread, {"waited_until": self._now})
        elif waits == "retry":
            thread.attempt += 1
            self._goes_on(thread)
            self._attempt(thread, node, self.values(thread))
        elif waits == "event" and node.config.get("on_timeout") == "continue":
            self._complete(thread, {"timeout": True})
        elif waits == "answer" and node.config.get("on_expiry") == "continue":
            self.out.abandoned.append(thread.run)
            self._complete(thread, {"answer": None, "expired": True})
        elif waits in ("event", "answer"):
            self.out.abandoned.append(thread.run)
            late = say.NO_EVENT_CAME() if waits == "event" else say.NO_ANSWER_CAME()
            self._failed(thread, late, may_retry=False)
        else:
            self.out.abandoned.append(thread.run)
            # A job is cancelled, so that the next attempt is another one.  Of anything else it is
            # unknown whether it was done: the next attempt is the same request.
            thread.failures += waits == "job"
            self._failed(thread, say.TOOK_LONG(seconds=f"{node.timeout:g}"))

    # ---- Ends of threads ---------------------------------------------------------------------

    def _thread_done(self, thread: Thread) -> None:
        if not thread.parent:
            self._end("failed" if self.state.failing else "completed", self.state.failing)
            return
        thread.ended = "done"
        self._joined(thread, "")

    def _thread_failed(self, thread: Thread, error: str) -> None:
        if thread.parent:
            thread.ended = "failed"
            self._joined(thread, error)
            return
        if ON_FAILURE in self.program.blocks and not self.state.failing:
            self.state.failing = error
            self._unwind(thread)
            thread.frames = [Frame(ON_FAILURE, handled=error)]
            return
        self._end("failed", self.state.failing or error)

    def _unwind(self, thread: Thread) -> None:
        """Note the end of the rounds that a thread was in."""
        for frame in thread.frames:
            if frame.run:
                self._record(frame.run, self.program.nodes[frame.node], "failed")

    def _joined(self, thread: Thread, error: str) -> None:
        parent = next(one for one in self.state.threads if one.id == thread.parent)
        self._unwind(thread)
        self.state.threads.remove(thread)
        detail = parent.detail
        if error:
            detail["failed"].append(f"branch {thread.branch + 1}: {error}")
        else:
            detail["done"] += 1
        join, count = detail["join"], detail["of"]
        needed = count if join == "all" else 1 if join == "any" else min(_whole(join, count), count)
        if detail["done"] >= needed:
            self._drop_children(parent)
            self._complete(parent, {"done": detail["done"], "failed": len(detail["failed"])})
        elif len(detail["failed"]) > count - needed:
            self._drop_children(parent)
            self._failed(parent, "; ".join(detail["failed"])[:LONGEST_ERROR], may_retry=False)

    def _drop_children(self, parent: Thread) -> None:
        for thread in [one for one in self.state.threads if one.parent == parent.id]:
            if thread.waits == "join":
                self._drop_children(thread)
            self._drop(thread)
            self.state.threads.remove(thread)

    def _drop(self, thread: Thread) -> None:
        if thread.waits:
            self._record(thread.run, thread_node(self.program, thread), "cancelled")
            self.out.abandoned.append(thread.run)
        for frame in thread.frames:
            if frame.run:
                self._record(frame.run, self.program.nodes[frame.node], "cancelled")

    def _end(self, ending: Ending, error: str) -> None:
        for thread in self.state.threads:
            self._drop(thread)
        self.state.threads = []
        self.out.ended, self.out.error = ending, error[:LONGEST_ERROR]

    # ---- Parts -------------------------------------------------------------------------------

    def values(self, thread: Thread) -> dict[str, Any]:
        """Return what conditions and templates of a thread's step see."""
        state = self.state
        values = {**self._values, **state.vars, "vars": state.vars, "steps": state.steps}
        for frame in thread.frames:
            if frame.items is not None:
                values[frame.name] = frame.items[frame.round]
                values["round"] = frame.round
            if frame.handled:
                values["error"] = frame.handled
        values["now"] = self._now
        return values

    def _waiting(self, run: int, waits: tuple[str, ...]) -> Thread | None:
        return next(
            (one for one in self.state.threads if one.run == run and one.waits in waits), None
        )

    def _keep(self, node: Node, status: str, result: Any, error: str = "") -> None:
        kept = seen_of(status, result, error)
        before = self.state.steps.get(node.id, {}).get("status")
        self.state.steps[node.id] = kept
        # Of the steps of the definition: a round that does one again completes no further one.
        self.state.completed += status in DONE and before not in DONE
        if len(msgspec.json.encode((self.state.vars, self.state.steps))) > LARGEST_STATE:
            self._end("failed", say.LARGE_VALUES(most=LARGEST_STATE // 1024))

    def _record(  # noqa: PLR0913 - each is a column
        self,
        run: int,
        node: Node,
        status: str,
        *,
        given: Any = None,
        result: Any = None,
        error: str = "",
        attempt: int = 1,
        changes: dict[str, Any] | None = None,
    ) -> None:
        self.out.records.append(
            Record(
                run,
                node.id,
                node.type,
                node.action,
                status,
                self._now,
                short(given),
                short(result),
                error,
                attempt,
                short(changes or {}),
            )
        )


def thread_node(program: Program, thread: Thread) -> Node:
    """Return the step that a thread is at."""
    return program.nodes[thread.node]


# Private


def _is_taken(alert: Any) -> bool:
    return isinstance(alert, Mapping) and alert.get("state") in ("acknowledged", "resolved")


def _seconds(value: Any, usual: float) -> float:
    if isinstance(value, str):
        try:
            value = float(value)
        except ValueError:
            return usual
    if isinstance(value, float) and math.isnan(value):
        return usual
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return float(min(max(value, 0), 366 * A_DAY))
    return usual


def _whole(value: Any, usual: int) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) else usual


def _moment(value: Any) -> int | None:
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        if not 0 <= value <= LATEST:
            return None
        return round(value if value > 1e11 else value * 1000)
    try:
        moment = datetime.fromisoformat(str(value))
    except ValueError:
        return None
    return round((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() * 1000)
