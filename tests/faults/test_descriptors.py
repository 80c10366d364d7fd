"""A supervisor that has no descriptors left."""

from __future__ import annotations

import os
import resource
import signal

import pytest

from meshvisor.playground.server import Playground
from meshvisor.shared.model.mesh import MeshState
from tests.faults.conftest import StartFleet

pytestmark = pytest.mark.faults

ENOUGH_TO_BE_ASKED = 2
"""Descriptors beside those in use: the connection of the client, and what accepts it."""


async def test_no_descriptor_for_another_worker(
    start_fleet: StartFleet, playground: Playground
) -> None:
    """Who runs goes on, who cannot be started says why, and is as soon as there is room."""
    fleet = await start_fleet()
    await fleet.all_are(MeshState.CONNECTED, 2)
    soft, hard = resource.prlimit(fleet.pid, resource.RLIMIT_NOFILE)
    most = max(int(name) for name in os.listdir(f"/proc/{fleet.pid}/fd"))
    resource.prlimit(fleet.pid, resource.RLIMIT_NOFILE, (most + 1 + ENOUGH_TO_BE_ASKED, hard))
    for number in range(4):
        playground.add_room(f"room-{number}")
    await fleet.ask("discover")
    await fleet.logged("could not be started: its channel cannot be made: Too many open files")
    os.kill(await fleet.zygote(), signal.SIGKILL)
    assert (await playground.ask("lobby", "?ping")).text == "pong"
    assert 2 <= (await fleet.status()).totals.connected < 6
    # Each reason is logged once, however often it is tried again.
    assert fleet.output.count("could not be started") < 20
    resource.prlimit(fleet.pid, resource.RLIMIT_NOFILE, (soft, hard))
    await fleet.all_are(MeshState.CONNECTED, 6)
