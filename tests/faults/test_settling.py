"""`start --wait` and `restart --wait` on real meshes: the exit code says what became of them."""

from __future__ import annotations

import pytest

from meshvisor.playground.server import Playground
from meshvisor.shared.model.mesh import MeshState
from tests.faults.conftest import StartFleet

pytestmark = pytest.mark.faults


async def test_connected_again(start_fleet: StartFleet) -> None:
    """The command ends when the new process is in the room."""
    fleet = await start_fleet()
    before = await fleet.worker("lobby")
    done = await fleet.command("restart", "lobby", "--wait")
    assert (done.code, "connected" in done.out) == (0, True), done
    mesh = await fleet.mesh("lobby")
    assert mesh is not None
    assert mesh.state is MeshState.CONNECTED
    assert mesh.pid != before


async def test_blocked(start_fleet: StartFleet, playground: Playground) -> None:
    """A mesh that is blocked meanwhile is a failure, with why and until when."""
    fleet = await start_fleet(fleet={"max_connection_attempts": 1, "blocklist_duration": 900})
    await fleet.worker("lobby")
    playground.refuse("lobby", 403)
    done = await fleet.command("restart", "lobby", "cinema", "--wait")
    assert done.code == 1
    assert "could not connect, until " in done.out
    shown = await fleet.command("meshes", "show", "lobby")
    assert "could not connect, until " in shown.out
    status = await fleet.command("status")
    assert "lobby is blocked: could not connect, until " in status.out
    blocked = (await fleet.status()).meshes[0].block
    assert blocked is not None
    assert blocked.reason == "connection_failures"


@pytest.mark.long
async def test_a_room_without_its_bot(start_fleet: StartFleet, playground: Playground) -> None:
    """The answers to `say` and `start` name the room from which the bot was thrown."""
    fleet = await start_fleet()
    await fleet.worker("lobby")
    playground.kick("lobby", playground.peers("lobby")[0])
    await fleet.mesh_is("lobby", MeshState.BLOCKED)
    chat = await fleet.command("chat", "lobby")
    assert "The bot is not in lobby, which is blocked (kicked out, for ever)" in chat.err
    assert "meshvisor blocklist unblock lobby" in chat.err
    assert (await fleet.command("chat", "cinema")).err == ""
    assert await fleet.stop() == 0
    await fleet.start()
    await fleet.logged(r"blocked from before: lobby \(kicked\)")
