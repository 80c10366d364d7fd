"""Stepping: what follows from what has happened, and that no program runs for ever."""

from __future__ import annotations

import random
from typing import Any

import msgspec
import pytest

from meshvisor.features.workflows.model.definition import read_definition
from meshvisor.features.workflows.model.program import Program, compile_program
from meshvisor.features.workflows.model.state import Outcome, State, begin, next_due, waits
from meshvisor.features.workflows.model.stepping import MOST_RUNS, Stepping
from tests.seeds import seeds


class Run:
    """One execution without anything around it; its state is written and read between moves."""

    def __init__(self, *steps: Any, values: dict[str, Any] | None = None, **more: Any) -> None:
        written = {"name": "w", "triggers": ["manual"], "steps": list(steps), **more}
        self.program: Program = compile_program(read_definition(written))
        self.values = values or {}
        self.state = begin()
        self.now = 1_000_000
        self.status: dict[str, str] = {}
        self.last = Outcome()
        self.do("go")

    def do(self, move: str, *arguments: Any, **named: Any) -> Outcome:
        """Move it on."""
        stepping = Stepping(self.program, self.state, self.values, self.now, "k:")
        self.last = getattr(stepping, move)(*arguments, **named)
        for record in self.last.records:
            self.status[record.node] = record.status
        self.state = msgspec.json.decode(msgspec.json.encode(self.state), type=State)
        return self.last

    def later(self, seconds: float) -> Outcome:
        """Let time pass."""
        self.now += round(seconds * 1000)
        return self.do("tick")

    @property
    def effect(self) -> Any:
        """The one thing that is asked for."""
        (effect,) = self.last.effects
        return effect


SAY = {"send_message": {"mesh_id": "m", "text": "{{ text }}"}, "id": "say"}


def test_in_order() -> None:
    """A step begins when the one before it has ended, and sees what that has led to."""
    run = Run(SAY, {"set_variable": {"n": "{{ steps.say.id }}"}}, values={"text": "hi"})
    assert run.effect.config == {"mesh_id": "m", "text": "hi"}
    assert run.do("result", run.effect.run, {"id": 7}).ended == "completed"
    assert run.state.vars == {"n": 7}


def test_retries_with_backoff() -> None:
    """A failure that is known is tried with another key, each time later."""
    run = Run({**SAY, "retries": 2, "retry_delay": 1, "backoff": 3})
    first = run.effect
    run.do("failure", first.run, "no")
    assert run.later(0.5).effects == []
    second = run.later(0.5).effects[0]
    assert second.key != first.key
    run.do("failure", first.run, "no")
    run.later(2)
    assert not run.last.effects
    run.later(1)
    assert run.last.effects
    assert run.do("failure", first.run, "at last").ended == "failed"
    assert run.last.error == "say: at last"


def test_timeout_repeats_the_same_request() -> None:
    """It is unknown whether it was done: the key is the same."""
    run = Run({**SAY, "retries": 1, "timeout": 10, "retry_delay": 0})
    key = run.effect.key
    run.later(10)
    assert run.later(0).effects[0].key == key
    assert run.later(10).ended == "failed"


def test_failures_are_handled() -> None:
    """By going on, by steps of their own, by those of the whole."""
    run = Run({**SAY, "on_failure": "continue"}, {"set_variable": {"a": 1}})
    assert run.do("failure", run.effect.run, "no").ended == "completed"
    run = Run({**SAY, "on_failure": [{"set_variable": {"why": "{{ error }}"}}]})
    assert run.do("failure", run.effect.run, "no").ended == "completed"
    assert run.state.vars == {"why": "no"}
    run = Run(SAY, on_failure=[{"set_variable": {"why": "{{ error }}"}}])
    assert run.do("failure", run.effect.run, "no").ended == "failed"
    assert run.state.vars == {"why": "say: no"}


@pytest.mark.parametrize(("join", "ends_at"), [("all", 3), ("any", 1), (2, 2)])
def test_joins(join: Any, ends_at: int) -> None:
    """A parallel step is done when enough branches are; the others are cancelled."""
    branches = [[{**SAY, "id": f"b{n}"}] for n in range(3)]
    run = Run({"branches": branches, "join": join})
    effects = run.last.effects
    for count, effect in enumerate(effects, start=1):
        ended = run.do("result", effect.run, {}).ended
        assert (ended == "completed") is (count >= ends_at)
        if ended:
            break
    cancelled = [name for name, status in run.status.items() if status == "cancelled"]
    assert len(cancelled) == 3 - ends_at


def test_join_that_cannot_be() -> None:
    """It fails as soon as too many branches have."""
    run = Run({"branches": [[{**SAY, "id": "a"}], [{**SAY, "id": "b"}]]})
    one, _ = run.last.effects
    assert run.do("failure", one.run, "no").ended == "failed"
    assert run.status["b"] == "cancelled"


def test_rounds() -> None:
    """Each item once, in order, with its own values; too many are refused."""
    body = [{"set_variable": {"seen": "{{ vars.seen }}{{ item }}{{ round }}"}}]
    loop = {
        "do": "for_each",
        "id": "loop",
        "with": {"items": "{{ list }}", "max": 3},
        "steps": body,
    }
    run = Run(loop, values={"list": ["a", "b"]})
    assert run.last.ended == "completed"
    assert run.state.vars["seen"] == "a0b1"
    assert run.state.completed == 2, "steps of the definition, not their rounds"
    run = Run(loop, values={"list": ["a"] * 4})
    assert run.last.ended == "failed"
    assert Run(loop, values={"list": 5}).last.ended == "failed"


def test_waits() -> None:
    """For a time, for an event, for a person; each may end without."""
    run = Run({"wait": {"seconds": 60}})
    assert waits(run.state)
    assert next_due(run.state) == run.now + 60_000
    assert run.later(59).ended is None
    assert run.later(1).ended == "completed"
    run = Run({"do": "wait", "id": "w", "with": {"event": "alert_created", "timeout": 5}})
    assert run.do("event", 1, {"alert_id": "3"}).ended == "completed"
    assert Run({"do": "wait", "with": {"event": "alert_created", "timeout": 5}}).later(5).ended == (
        "failed"
    )
    run = Run({"do": "ask", "id": "q", "with": {"question": "Now?", "expires": 5}})
    assert run.effect.type == "ask"
    assert run.do("answer", 1, "yes", "ann").ended == "completed"
    expired = Run(
        {
            "do": "ask",
            "id": "q",
            "with": {"question": "Now?", "expires": 5, "on_expiry": "continue"},
        },
        {"if": 'steps.q.answer == "yes"', "then": [{"do": "stop", "with": {"failed": True}}]},
    )
    assert expired.later(5).ended == "completed"


def test_jobs_are_waited_for() -> None:
    """A step that submits a job ends with it, unless it says otherwise."""
    run = Run({"submit_job": {"action": "x"}, "id": "job"})
    assert run.do("result", 1, {"job_id": 5}).ended is None
    assert run.do("result", 1, {"status": "completed"}).ended == "completed"
    run = Run({"do": "submit_job", "with": {"action": "x", "wait": False}})
    assert run.do("result", 1, {"job_id": 5}).ended == "completed"


def test_conditions_of_steps() -> None:
    """A step whose condition is false is skipped, and says why."""
    run = Run({**SAY, "when": "n > 1"}, values={"n": 1})
    assert run.status["say"] == "skipped"
    assert run.last.records[0].result == {"why": "n > 1 is false: n = 1"}


def test_cancel() -> None:
    """Everything that waits is cancelled."""
    run = Run({"branches": [[SAY], [{"wait": {"seconds": 60}}]]})
    assert run.do("cancel", "cancelled", "enough").ended == "cancelled"
    assert set(run.status.values()) == {"cancelled"}
    assert run.state.threads == []


def test_values_have_a_limit() -> None:
    """Variables that grow end the execution."""
    grow = {"set_variable": {"x": "{{ x }}{{ x }}"}}
    run = Run(*[grow] * 30, values={"x": "abcdefgh"})
    assert run.last.ended == "failed"


def random_steps(dice: random.Random, depth: int, names: list[int]) -> list[Any]:
    """Return some steps."""
    steps: list[Any] = []
    for _ in range(dice.randint(1, 4)):
        names.append(1)
        name = f"s{len(names)}"
        kind = dice.choice(
            ["set", "say", "branch", "parallel", "loop", "wait", "stop"]
            if depth < 4 and len(names) < 60
            else ["set"]
        )
        match kind:
            case "set":
                step: Any = {"set_variable": {"x": "{{ x | default(1) }}"}}
            case "say":
                step = {**SAY, "retries": dice.randint(0, 3)}
            case "branch":
                step = {
                    "if": dice.choice(["x exists", "y exists"]),
                    "then": random_steps(dice, depth + 1, names),
                    "else": random_steps(dice, depth + 1, names),
                }
            case "parallel":
                step = {
                    "branches": [
                        random_steps(dice, depth + 1, names) for _ in range(dice.randint(1, 5))
                    ]
                }
                step["join"] = dice.choice(["all", "any", 1])
            case "loop":
                step = {"do": "for_each", "steps": random_steps(dice, depth + 1, names)}
                step["with"] = {"items": list(range(dice.randint(0, 30)))}
            case "wait":
                step = {"wait": {"seconds": dice.randint(0, 100)}}
            case _:
                step = {"do": "stop", "when": "y exists"}
        steps.append({**step, "id": name, "on_failure": dice.choice(["stop", "continue"])})
    return steps


@pytest.mark.parametrize("seed", seeds(10, 100))
def test_random_programs_end(seed: int) -> None:
    """Whatever is answered, each ends within its budget, and nothing of it is left open."""
    dice = random.Random(seed)
    for _ in range(10):
        steps = random_steps(dice, 0, [])
        run = Run(*steps[:20])
        moves = 0
        while run.last.ended is None:
            moves += 1
            assert moves < 5 * MOST_RUNS, "it does not end"
            waiting = [one for one in run.state.threads if one.waits not in ("", "join")]
            assert waiting, "nothing waits, and nothing goes on"
            one = dice.choice(waiting)
            if one.waits == "effect" and dice.random() < 0.7:
                run.do("result", one.run, {"x": 1})
            elif one.waits == "effect":
                run.do("failure", one.run, "no")
            else:
                run.now = max(run.now, one.due or 0)
                run.do("tick")
        assert run.state.runs <= MOST_RUNS + 1
        assert run.state.threads == []
        assert "running" not in run.status.values()


@pytest.mark.parametrize("value", ["1e400", "nan", "-1", "soon", "1e300"])
def test_a_moment_that_is_none(value: str) -> None:
    """It fails the step in a sentence, and is no mistake of the engine."""
    run = Run({"wait": {"until": "{{ at | number }}"}}, values={"at": value})
    assert run.last.ended == "failed"
    assert "mistake" not in run.last.error
