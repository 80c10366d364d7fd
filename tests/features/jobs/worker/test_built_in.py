"""Actions that features bring, in a runner: run like those of plug-ins, with names of their own."""

from __future__ import annotations

import pytest

from meshvisor import JobContext, action
from meshvisor.features.jobs.messages.from_runner import RunnerReady
from meshvisor.features.jobs.worker.actions import ACTIONS, ActionCollisionError
from tests.features.jobs.built_in_actions import set_built_in
from tests.worker.conftest import StartLane


async def test_it_runs(start_lane: StartLane, monkeypatch: pytest.MonkeyPatch) -> None:
    """A runner says that it has it, and finds its function when a job needs it."""
    seen: list[tuple[str, bool]] = []
    set_built_in(monkeypatch, tidy=lambda job: seen.append((job.action, job.dry_run)))
    lane = (await start_lane()).side
    assert (await lane.expect(RunnerReady)).actions == ("tidy",)
    for data in ({}, {"dry_run": True}):
        await lane.do("tidy", data=data)
    assert seen == [("tidy", False), ("tidy", True)]


def test_its_name_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    """A plug-in cannot stand in for it, and none of it is reported as a plug-in's."""
    set_built_in(monkeypatch, tidy=lambda _job: None)
    before = ACTIONS.snapshot()

    @action("other")
    def other(_job: JobContext) -> None: ...

    with pytest.raises(ActionCollisionError, match=r"'tidy' is already there \(built in\)"):
        action("tidy")(other)
    assert [one["name"] for one in ACTIONS.added_since(before)] == ["other"]
    assert ACTIONS.can_run == ("other", "tidy")
