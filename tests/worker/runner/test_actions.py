"""Declaring actions."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from worker.api import ActionCollisionError, JobContext, action
from worker.plugins import Source, load_one
from worker.runner.actions import ACTIONS


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
    ],
)
def test_values_that_cannot_be(options: dict[str, Any], sentence: str) -> None:
    """One sentence says what was found and what is allowed."""
    with pytest.raises(ValueError, match=sentence):

        @action(**{"name": "fine", **options})
        async def function(_job: JobContext) -> None: ...


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
    head = "from worker.api import action\n@action('loaded')\nasync def f(job): pass\n"
    (tmp_path / "bad.py").write_text(f"{head}raise ValueError('no')\n")
    path = str(tmp_path / "bad.py")
    assert not load_one(Source("bad", "file", path)).ok
    assert ACTIONS.find("loaded") is None
    (tmp_path / "good.py").write_text(head)
    report = load_one(Source("good", "file", str(tmp_path / "good.py")))
    assert [one["name"] for one in report.actions] == ["loaded"]
