"""A fleet whose plug-in has actions for every fault."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from meshvisor.playground.server import Playground
from meshvisor.shared.model.mesh import MeshState
from tests.faults.conftest import MakeFleet
from tests.faults.jobs.scene import PLUGIN, QUICK, JobScene

StartScene = Callable[..., Awaitable[JobScene]]


@pytest.fixture
def start_scene(make_fleet: MakeFleet, playground: Playground) -> StartScene:
    """Return a function that starts a fleet.

    Its arguments are settings of `[jobs]`, and `concurrency` of the lane `default`.
    """

    async def start(concurrency: int = 1, **jobs: Any) -> JobScene:
        lanes = [{"name": "default", "concurrency": concurrency}]
        fleet = make_fleet(PLUGIN, jobs={**QUICK, **jobs}, lanes=lanes)
        await fleet.start()
        await fleet.mesh_is("lobby", MeshState.CONNECTED)
        await playground.wait_for_peer("lobby")
        return JobScene(fleet, playground)

    return start
