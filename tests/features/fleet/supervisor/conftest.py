"""A fleet of puppets without any process, and a real zygote for those that need one."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from meshvisor.features.fleet.supervisor import worker_lives
from meshvisor.shared.paths import Home
from tests.features.fleet.supervisor.puppets import ENTRY, Stage
from tests.supervisor.children.setting import setting

__all__ = ["setting"]

MakeStage = Callable[..., Stage]


@pytest.fixture
async def make_stage(home: Home, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[MakeStage]:
    """Return a function that makes a fleet of puppets; its arguments are settings of `[fleet]`."""
    monkeypatch.setattr(worker_lives, "WORKER_ENTRY", ENTRY)
    made: list[Stage] = []

    def make(**fleet: Any) -> Stage:
        made.append(Stage(home, **fleet))
        return made[-1]

    yield make
    for stage in made:
        await stage.close()


@pytest.fixture
async def stage(make_stage: MakeStage) -> Stage:
    """Return a fleet of puppets with the default settings."""
    return make_stage()
