"""Declaring actions."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from meshvisor import ActionCollisionError, JobContext, action
from meshvisor.features.jobs.model.action import ActionSpec, JobDefaults
from meshvisor.features.jobs.worker.actions import ACTIONS
from meshvisor.worker.plugins import Source, load_one


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"name": "Two Words"}, "is no name of an action"),
        ({"priority": 6}, "6 is no priority"),
        ({"lane": ""}, "is no name of a lane"),
        ({"retries": -1}, "retries is -1"),
        ({"retry_delay": -1}, "retry_delay is -1"),
        ({"timeout": 0}, "timeout is 0"),
        ({"item_timeout": 0}, "item_timeout is 0"),
        ({"inputs": {"n": "int"}}, "the input n: its type: 'int' is none of text, number"),
        ({"inputs": {"n": {"default": {1}}}}, "the inputs hold what is no JSON"),
    ],
)
def test_values_that_cannot_be(options: dict[str, Any], sentence: str) -> None:
    """One sentence says what was found and what is allowed."""
    with pytest.raises(ValueError, match=sentence):

        @action(**{"name": "fine", **options})
        async def function(_job: JobContext) -> None: ...


def test_what_it_says_of_itself() -> None:
    """Its description is the first line of its docstring, unless it has one of its own."""

    @action("plain", inputs={"code": "text"}, items="players")
    def plain(_job: JobContext) -> None:
        """Give players a gift.

        And more, for those who read the code.
        """

    action("other", description="Do  something\nelse.")(plain)
    action("silent")(lambda _job: None)
    specs = {name: ACTIONS.snapshot()[name].spec for name in ("plain", "other", "silent")}
    assert {name: spec.description for name, spec in specs.items()} == {
        "plain": "Give players a gift.",
        "other": "Do something else.",
        "silent": "",
    }
    assert (specs["plain"].items, specs["plain"].inputs) == ("players", {"code": {"type": "text"}})
    assert (specs["silent"].items, specs["silent"].inputs) == (None, None)


def test_names_are_taken_once() -> None:
    """The second one has to choose another."""
    action("mine")(lambda _job: None)
    with pytest.raises(ActionCollisionError, match="'mine' is already there"):
        action("mine")(lambda _job: None)


@pytest.mark.parametrize(
    ("name", "priority"),
    [("notifications", 1), ("addplayer", 2), ("redeem_giftcode", 3), ("refresh", 4), ("x", 5)],
)
def test_default_priorities(name: str, priority: int) -> None:
    """By the name, else the lowest."""
    action(name)(lambda _job: None)
    found = ACTIONS.find(name)
    assert found is not None
    assert (found.spec.priority, found.spec.rate_limit) == (priority, name)


def test_a_plug_in_that_fails_takes_its_actions_back(tmp_path: Path) -> None:
    """One that is loaded reports them."""
    head = "from meshvisor import action\n@action('loaded')\nasync def f(job): pass\n"
    (tmp_path / "bad.py").write_text(f"{head}raise ValueError('no')\n")
    path = str(tmp_path / "bad.py")
    assert not load_one(Source("bad", "file", path)).ok
    assert ACTIONS.find("loaded") is None
    (tmp_path / "good.py").write_text(head)
    report = load_one(Source("good", "file", str(tmp_path / "good.py")))
    assert [one["name"] for one in report.registered["actions"]] == ["loaded"]


@pytest.mark.parametrize("priority", ["redeem_giftcode", "REDEEM-GIFTCODE", "3", 3])
def test_a_priority_has_a_name(priority: str | int) -> None:
    """Of the action whose default it is, in any case; what is no name is refused."""
    action("x", priority=priority)(lambda _job: None)
    found = ACTIONS.find("x")
    assert found is not None
    assert found.spec.priority == 3
    with pytest.raises(ValueError, match="'soon' is no priority; 1 is the most urgent"):
        action("y", priority="soon")(lambda _job: None)


@pytest.mark.parametrize(
    "options",
    [
        {"retries": True},
        {"retries": 1.5},
        {"rate_limit_delay": -1},
        {"wait_timeout": 0},
        {"deadline": 0},
        {"deadline": 400 * 86_400},
        {"wait_timeout": "1h"},
    ],
)
def test_options_that_cannot_be(options: dict[str, Any]) -> None:
    """The sentence names the option and what is allowed."""
    (name,) = options
    with pytest.raises(ValueError, match=rf"{name} is .*it must be"):
        action("fine", **options)(lambda _job: None)


def test_what_is_left_open_is_as_the_settings_say() -> None:
    """What was declared stays, also 0; what a submission says comes first."""
    spec = ActionSpec("x", retries=0)
    defaults = JobDefaults(retries=7, retry_delay=9.0, wait_timeout=60.0)
    resolved = spec.resolved(defaults)
    assert (resolved.retries, resolved.retry_delay, resolved.wait_timeout) == (0, 9.0, 60.0)
    own = resolved.with_options({"retries": 2, "deadline": 5.0})
    assert (own.attempts, own.deadline, own.wait_timeout) == (3, 5.0, 60.0)
    old = {name: value for name, value in spec.as_json().items() if name != "deadline"}
    assert ActionSpec.from_json(old) == spec
