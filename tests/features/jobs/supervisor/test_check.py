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

CREATOR = Creator("root", "root", "command line")


def check(mesh_id: str, meshes: Collection[str] | None = ("lobby",), **fields: Any) -> NewJob:
    """Return the job."""
    actions = ActionRegistry.of([ActionSpec("refresh").as_json()])
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


def test_built_in_actions_are_those_of_this_version() -> None:
    """What an earlier version has kept of its own is not taken for an action of a plug-in."""
    gone = ActionSpec("gone", source="built in").as_json()
    found = ActionRegistry.of([ActionSpec("refresh", source="mine").as_json(), gone])
    assert {one.name: one.source for one in found} == {"refresh": "mine", "tidy": "built in"}
    again = ActionRegistry.read([spec for _, spec in found.kept()])
    assert list(again) == list(found)
