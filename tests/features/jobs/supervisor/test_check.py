"""Which jobs can be: about a mesh or none, for real or as a dry run."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import pytest

from meshvisor.features.jobs.messages.submission import Submission
from meshvisor.features.jobs.model.action import ActionSpec
from meshvisor.features.jobs.model.job import NO_MESH
from meshvisor.features.jobs.supervisor.action_registry import ActionRegistry
from meshvisor.features.jobs.supervisor.check import checked
from meshvisor.features.jobs.supervisor.ledger.job import Creator, NewJob
from meshvisor.shared.errors import UsageError
from tests.features.jobs.built_in_actions import set_built_in

DECLARED = ActionSpec(
    "redeem",
    items="",
    inputs={"code": {"type": "text", "required": True}, "times": {"type": "number", "default": 1}},
    dry_run=True,
)
CREATOR = Creator("root", "root", "command line")


def check(mesh_id: str, meshes: Collection[str] | None = ("lobby",), **fields: Any) -> NewJob:
    """Return the job."""
    actions = ActionRegistry.of([ActionSpec("refresh").as_json(), DECLARED.as_json()])
    return checked(Submission(**fields), mesh_id, CREATOR, actions, meshes)


@pytest.fixture(autouse=True)
def _tidy(monkeypatch: pytest.MonkeyPatch) -> None:
    set_built_in(monkeypatch, tidy=lambda _job: None)


def test_about_no_mesh() -> None:
    """A job is about no mesh where its action needs none, whichever meshes there are."""
    assert check(NO_MESH, action="tidy").mesh_id == "-"
    assert check("lobby", action="tidy").mesh_id == "lobby"
    with pytest.raises(UsageError, match="the action refresh needs a mesh; name one: --mesh MESH"):
        check(NO_MESH, action="refresh")
    with pytest.raises(UsageError, match="There is no mesh 'loby'"):
        check("loby", action="tidy")


def test_dry_run() -> None:
    """It reaches the action in its data, and an action that does not know of it is not run."""
    assert check(NO_MESH, action="tidy", data={"n": 1}).data == {"n": 1}
    found = check(NO_MESH, action="tidy", data={"n": 1}, dry_run=True)
    assert found.data == {"n": 1, "dry_run": True}
    with pytest.raises(UsageError, match="refresh cannot say what it would do; run it without"):
        check("lobby", action="refresh", dry_run=True)


def test_data_are_what_the_action_declares() -> None:
    """Defaults are filled in; the first thing that is wrong is named, with what is allowed."""
    assert check("lobby", action="redeem", data={"code": "X"}).data == {"code": "X", "times": 1}
    found = check("lobby", action="redeem", data={"code": "X", "times": 2}, dry_run=True)
    assert found.data == {"code": "X", "times": 2, "dry_run": True}
    for data, sentence in (
        ({}, "redeem needs the input code: text"),
        ({"code": 5}, "the input code of redeem: 5 is found where a text is wanted"),
        ({"code": "X", "time": 2}, "redeem takes no input time; it takes code, times"),
    ):
        with pytest.raises(UsageError, match=sentence):
            check("lobby", action="redeem", data=data)


def test_items_of_an_action_that_takes_none() -> None:
    """They are refused; where it does not say, there may be some."""
    with pytest.raises(UsageError, match="the action redeem takes no items; leave them out"):
        check("lobby", action="redeem", data={"code": "X"}, items=("a",))
    assert check("lobby", action="refresh", items=("a",)).items == ("a",)


def test_what_earlier_versions_have_kept() -> None:
    """An action that was kept without a description and inputs takes what it always took."""
    kept = {"name": "old", "priority": 3, "lane": "default", "retries": 1}
    (spec,) = (one for one in ActionRegistry.of([kept]) if one.name == "old")
    assert (spec.description, spec.items, spec.inputs) == ("", None, None)


def test_built_in_actions_are_those_of_this_version() -> None:
    """What an earlier version has kept of its own is not taken for an action of a plug-in."""
    gone = ActionSpec("gone", source="built in").as_json()
    found = ActionRegistry.of([ActionSpec("refresh", source="mine").as_json(), gone])
    assert {one.name: one.source for one in found} == {"refresh": "mine", "tidy": "built in"}
    again = ActionRegistry.read([spec for _, spec in found.kept()])
    assert list(again) == list(found)
