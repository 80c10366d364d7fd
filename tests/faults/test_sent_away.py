"""Bots that a room or its server does not want: kicked, refused, ended, doubled, too many."""

from __future__ import annotations

import json

import pytest

from playground.server import Playground
from shared.model.mesh import MeshState
from shared.paths import Home
from tests.faults.conftest import StartFleet
from tests.fleet import Fleet
from tests.playground.joining import joined

pytestmark = pytest.mark.faults


def blocked(home: Home) -> dict[str, str]:
    """Return the meshes that the file blocks, with the reasons."""
    path = home.below("config/blocklist.json")
    if not path.exists():
        return {}
    entries = json.loads(path.read_text())["blockedMeshes"].values()
    return {entry["meshId"]: entry["reason"] for entry in entries}


# ---- Kicked --------------------------------------------------------------------------------------


async def test_kicked(start_fleet: StartFleet, playground: Playground, home: Home) -> None:
    """A mesh that kicked the bot is left alone for ever, until its entry in the file is gone."""
    fleet = await start_fleet()
    spared = await fleet.worker("cinema")
    playground.kick("lobby", await playground.wait_for_peer("lobby"))
    mesh = await fleet.mesh_is("lobby", MeshState.BLOCKED)
    assert (mesh.pid, mesh.restarts) == (None, 0)
    assert (mesh.last_error or "").startswith("kicked")
    await fleet.logged("kicked, blocked until somebody unblocks it", "lobby")
    await fleet.until(lambda: blocked(home) == {"lobby": "kicked"}, "the blocklist file")
    assert (await fleet.ask("blocklist_stats"))["permanent"] == 1
    assert "for ever" in (await fleet.command("blocklist", "list")).out
    assert await fleet.stop() == 0

    again = Fleet(home)
    await again.start()
    assert await again.worker("cinema") != spared
    await again.mesh_is("lobby", MeshState.BLOCKED)
    assert (await again.command("start", "lobby")).code != 0
    assert len(playground.connects("lobby")) == 1
    home.below("config/blocklist.json").write_text('{"blockedMeshes": {}}')
    await again.worker("lobby")
    assert blocked(home) == {}
    await again.close()


# ---- Refused -------------------------------------------------------------------------------------


async def test_three_failures(start_fleet: StartFleet, playground: Playground, home: Home) -> None:
    """A mesh that lets the bot in for none of three times is blocked for a while, then back."""
    playground.refuse("lobby", status=403, times=3)
    fleet = await start_fleet(fleet={"blocklist_duration": 1})
    await fleet.mesh_is("lobby", MeshState.BLOCKED)
    assert len(playground.connects("lobby")) == 3
    await fleet.logged("blocked for 1 s after 3 failed connects; the last: .*403", "lobby")
    await fleet.until(lambda: blocked(home) == {"lobby": "connection_failures"}, "the file")
    await fleet.worker("lobby")
    await fleet.until(lambda: not blocked(home), "an empty blocklist file")
    assert len(playground.connects("cinema")) == 1


async def test_three_failures_of_one_process_each(
    start_fleet: StartFleet, playground: Playground
) -> None:
    """Failures count for the mesh, also when its worker dies between them."""
    playground.refuse("lobby", status=403)
    fleet = await start_fleet(fleet={"max_connection_attempts": 3})
    for count in (1, 2):
        await playground.wait_for_connects("lobby", count)
        mesh = await fleet.mesh_is("lobby", MeshState.DISCONNECTED)
        (worker,) = fleet.processes_named("worker lobby")
        worker.kill()
        await fleet.gone(worker.pid)
        assert mesh.pid == worker.pid
    await fleet.mesh_is("lobby", MeshState.BLOCKED)
    assert len(playground.connects("lobby")) == 3


# ---- Sent away -----------------------------------------------------------------------------------


async def test_a_room_that_ends(start_fleet: StartFleet, playground: Playground) -> None:
    """A mesh whose room has ended rests, without blame, until discovery sees it again."""
    fleet = await start_fleet()
    worker = await fleet.worker("lobby")
    await playground.wait_for_peer("lobby")
    playground.end_room("lobby")

    async def is_forgotten() -> bool:
        return await fleet.mesh("lobby") is None

    await fleet.until_told(is_forgotten, "lobby to be off the list")
    await fleet.gone(worker)
    playground.add_room("lobby")
    await fleet.worker("lobby", besides=worker)
    assert (await fleet.status()).totals.blocked == 0


async def test_a_room_that_closes(start_fleet: StartFleet, playground: Playground) -> None:
    """A bot that was closed for good does not come back before the next look for meshes."""
    fleet = await start_fleet(fleet={"discovery_interval": 3600})
    worker = await fleet.worker("lobby")
    await playground.wait_for_peer("lobby")
    playground.close_room("lobby")
    mesh = await fleet.mesh_is("lobby", MeshState.STOPPED)
    assert (mesh.pid, mesh.restarts) == (None, 0)
    await fleet.gone(worker)
    waiting = (await fleet.command("meshes", "list")).out
    assert "discovery to see it again" in waiting
    assert (await fleet.command("meshes", "discover")).code == 0
    await fleet.worker("lobby")
    assert len(playground.connects("lobby")) == 2


async def test_a_double(start_fleet: StartFleet, playground: Playground) -> None:
    """A bot that is in a room already under the same name rests instead of fighting itself."""
    fleet = await start_fleet(fleet={"discovery_interval": 3600})
    await fleet.worker("lobby")
    bot = await playground.wait_for_peer("lobby")
    await fleet.ask("stop", mesh_ids=["lobby"])
    await playground.wait_until_empty("lobby")
    async with joined(playground, "lobby", bot):
        await fleet.ask("start", mesh_ids=["lobby"])
        mesh = await fleet.mesh_is("lobby", MeshState.STOPPED)
        assert (mesh.connection_attempts, mesh.pid) == (0, None)
        assert playground.peers("lobby") == [bot]
    await playground.wait_until_empty("lobby")
    await fleet.ask("discover")
    await fleet.worker("lobby")
    assert (await fleet.status()).totals.blocked == 0


# ---- Too many ------------------------------------------------------------------------------------


async def test_more_meshes_than_places(start_fleet: StartFleet, playground: Playground) -> None:
    """Of more meshes than may run, the rest waits visibly, and moves up when there is room."""
    for room in ("workshop", "attic", "garden"):
        playground.add_room(room)
    fleet = await start_fleet(fleet={"max_processes": 2})
    running = [await fleet.worker("lobby"), await fleet.worker("cinema")]
    waiting = ("workshop", "attic", "garden")
    for room in waiting:
        await fleet.mesh_is(room, MeshState.WAITING)
    assert (await fleet.command("meshes", "list")).out.count("fleet.max_processes") == 3
    assert len(fleet.processes_named("worker")) == 2
    # A crash costs nobody their place, a block does.
    (lobby,) = fleet.processes_named("worker lobby")
    lobby.kill()
    assert await fleet.worker("lobby", besides=lobby.pid) not in running
    await fleet.mesh_is("workshop", MeshState.WAITING)
    await fleet.ask("block", mesh_id="lobby")
    await fleet.worker("workshop")
    assert await fleet.worker("cinema") == running[1]
    await fleet.mesh_is("attic", MeshState.WAITING)
    assert len(fleet.processes_named("worker")) == 2
