"""Fewer places than meshes: who runs, who waits, and who gets a place that becomes free."""

from __future__ import annotations

import contextlib
import os
import random
import signal
from typing import Any

import psutil
import pytest

from meshvisor.playground.server import Playground
from meshvisor.shared.model.mesh import MeshState
from tests.faults.conftest import StartFleet
from tests.fleet import Fleet
from tests.status import StatusReport

pytestmark = pytest.mark.faults

ROOMS = ("lobby", "cinema", "attic", "cellar")
"""In the order in which discovery lists them."""


@pytest.fixture(autouse=True)
def _rooms(playground: Playground) -> None:
    for room in ROOMS[2:]:
        playground.add_room(room)


async def running(fleet: Fleet, *rooms: str) -> StatusReport:
    """Return the status when these meshes are connected and no other has a process."""

    async def find() -> StatusReport | None:
        status = await fleet.status()
        connected = {m.mesh_id for m in status.meshes if m.state is MeshState.CONNECTED}
        alive = {m.mesh_id for m in status.meshes if m.pid is not None}
        return status if connected == alive == set(rooms) else None

    return await fleet.until_told(find, f"{', '.join(rooms)} to run, and nobody else")


async def waiting_for_a_place(fleet: Fleet) -> list[str]:
    """Return the meshes of which an operator sees that they wait for a place."""
    meshes: list[dict[str, Any]] = (await fleet.ask("meshes"))["meshes"]
    reason = "a place under fleet.max_processes"
    return [mesh["mesh_id"] for mesh in meshes if mesh["waiting_for"] == reason]


def workers(fleet: Fleet) -> list[psutil.Process]:
    """Return the living workers."""
    return fleet.processes_named("meshvisor: worker")


async def test_places(start_fleet: StartFleet, playground: Playground) -> None:
    """Meshes without a place wait and say so; a place that becomes free is used at once."""
    fleet = await start_fleet(fleet={"max_processes": 2})
    await running(fleet, "lobby", "cinema")
    assert await waiting_for_a_place(fleet) == ["attic", "cellar"]
    assert "a place under fleet.max_processes" in (await fleet.command("meshes", "list")).out
    await fleet.ask("stop", mesh_ids=["lobby"])
    await running(fleet, "cinema", "attic")
    await fleet.ask("block", mesh_id="cinema")
    await running(fleet, "attic", "cellar")
    # A mesh that comes back later waits; none is stopped for it.
    await fleet.ask("start", mesh_ids=["lobby"])
    await fleet.ask("unblock", mesh_id="cinema")
    await fleet.mesh_is("cinema", MeshState.WAITING)
    assert await waiting_for_a_place(fleet) == ["lobby", "cinema"]
    playground.remove_room("attic")
    await running(fleet, "cellar", "lobby")
    assert len(playground.connects("cellar")) == 1
    assert len(workers(fleet)) == 2


@pytest.mark.long
async def test_place_of_a_mesh_that_cannot_run(
    start_fleet: StartFleet, playground: Playground
) -> None:
    """A mesh that is blocked for failing, or that crashes too often, gives its place to others."""
    playground.refuse("lobby")
    fleet = await start_fleet(
        """
@command("die")
async def die(ctx):
    os._exit(9)
""",
        fleet={"max_processes": 1, "max_connection_attempts": 1, "max_process_restarts": 0},
    )
    await running(fleet, "cinema")
    await fleet.mesh_is("lobby", MeshState.BLOCKED)
    await playground.wait_for_peer("cinema")
    playground.say("cinema", "?die")
    await running(fleet, "attic")
    assert (await fleet.mesh_is("cinema", MeshState.FAILED)).last_error is not None
    assert await waiting_for_a_place(fleet) == ["cellar"]


async def test_place_of_a_mesh_that_crashed(
    start_fleet: StartFleet, playground: Playground, chance: random.Random
) -> None:
    """A crash does not cost the place, and there is never one worker too many."""
    fleet = await start_fleet(fleet={"max_processes": 2})
    await running(fleet, "lobby", "cinema")
    for _ in range(10):
        victims = workers(fleet)
        assert len(victims) <= 2
        with contextlib.suppress(IndexError, psutil.NoSuchProcess):
            chance.choice(victims).kill()
    await running(fleet, "lobby", "cinema")
    assert await waiting_for_a_place(fleet) == ["attic", "cellar"]
    assert playground.connects("attic") == playground.connects("cellar") == []


@pytest.mark.long
async def test_place_of_a_worker_that_does_not_end(
    start_fleet: StartFleet, playground: Playground
) -> None:
    """The successor waits until a worker that is slow to end is really gone."""
    fleet = await start_fleet(fleet={"max_processes": 1, "shutdown_timeout": 1, "hung_after": 600})
    (lobby,) = [m.pid for m in (await running(fleet, "lobby")).meshes if m.pid is not None]
    os.kill(lobby, signal.SIGSTOP)
    playground.remove_room("lobby")
    await fleet.logged("stopping: it is not listed any more", "lobby")
    assert playground.connects("cinema") == []
    await running(fleet, "cinema")
    assert lobby not in [process.pid for process in workers(fleet)]
    await fleet.logged("did not end in time and is killed", "lobby")


async def test_change_of_the_limit(start_fleet: StartFleet, playground: Playground) -> None:
    """More places are filled in order, fewer are taken from the last; the first keep running."""
    fleet = await start_fleet(fleet={"max_processes": 2})
    before = await running(fleet, "lobby", "cinema")
    text = fleet.home.settings_file.read_text()

    def set_limit(limit: int) -> None:
        changed = text.replace("max_processes = 2", f"max_processes = {limit}")
        fleet.home.settings_file.write_text(changed)
        fleet.signal(signal.SIGHUP)

    set_limit(3)
    await running(fleet, "lobby", "cinema", "attic")
    assert await waiting_for_a_place(fleet) == ["cellar"]
    set_limit(1)
    after = await running(fleet, "lobby")
    await fleet.logged("stopping: max_processes is lower now", "cinema")
    assert after.meshes[0].pid == before.meshes[0].pid
    set_limit(0)
    await running(fleet, *ROOMS)
    assert await waiting_for_a_place(fleet) == []
    assert len(playground.connects("lobby")) == 1
