"""All bots join their rooms again, one after another."""

from __future__ import annotations

import asyncio

import pytest

from meshvisor.features.fleet.supervisor import reconnects
from meshvisor.shared.model.mesh import MeshState
from meshvisor.shared.protocol.from_worker import Connected, ConnectRequest, Disconnected
from meshvisor.shared.protocol.to_worker import ConnectPermit, RestartConnection
from tests.features.fleet.supervisor.puppets import Puppet, Stage

MESHES = ("attic", "cinema", "lobby")


async def leave(puppet: Puppet) -> None:
    """Do what a worker does first when it is asked to join again."""
    await puppet.hear(RestartConnection)
    puppet.say(Disconnected(reason="joining again", server_initiated=False))


async def come_back(puppet: Puppet) -> None:
    """Do the rest of it."""
    puppet.say(ConnectRequest())
    await puppet.hear(ConnectPermit)
    puppet.say(Connected())


async def test_one_after_another(stage: Stage, caplog: pytest.LogCaptureFixture) -> None:
    """No bot leaves before the one before is back; the room that asked comes last."""
    caplog.set_level("INFO")
    stage.want(*MESHES)
    attic, cinema, lobby = await stage.connected(*MESHES)
    assert stage.fleet.rooms.reconnect_all("attic") == 3
    for puppet, others in ((cinema, (lobby, attic)), (lobby, (attic,)), (attic, ())):
        await leave(puppet)
        await stage.until_state(puppet.mesh_id, MeshState.DISCONNECTED)
        await stage.settled()
        assert all(other.heard(RestartConnection) == [] for other in others)
        assert stage.fleet.rooms.reconnect_all(None) is None
        await come_back(puppet)
    while "3 of 3 bots have joined again" not in caplog.text:
        await stage.settled()


async def test_again(stage: Stage) -> None:
    """After a round there may be another one."""
    stage.want("lobby")
    (lobby,) = await stage.connected("lobby")
    for _ in range(2):
        while stage.fleet.rooms.reconnect_all(None) is None:
            await stage.settled()
        await leave(lobby)
        await come_back(lobby)
        await stage.until_state("lobby", MeshState.CONNECTED)


async def test_nothing_to_reconnect(stage: Stage) -> None:
    """Without a bot in a room there is nothing to do."""
    assert stage.fleet.rooms.reconnect_all("lobby") == 0


async def test_only_those_in_a_room(stage: Stage) -> None:
    """Who is not in its room joins with the newest credentials by itself."""
    stage.want(*MESHES)
    attic, cinema, lobby = await stage.connected(*MESHES)
    cinema.say(Disconnected(reason="the line is cut", server_initiated=False))
    await stage.until_state("cinema", MeshState.DISCONNECTED)
    assert stage.fleet.rooms.reconnect_all(None) == 2
    await leave(attic)
    # It loses its room while it waits for its turn.
    lobby.say(Disconnected(reason="the line is cut", server_initiated=False))
    await stage.until_state("lobby", MeshState.DISCONNECTED)
    await come_back(attic)
    while stage.fleet.rooms.reconnect_all(None) is None:
        await stage.settled()
    assert cinema.heard(RestartConnection) == lobby.heard(RestartConnection) == []


@pytest.mark.parametrize("how", ["crash", "not wanted", "blocked"])
async def test_one_that_does_not_come_back(stage: Stage, how: str) -> None:
    """A worker that ends meanwhile, whyever, keeps no other from the new session."""
    stage.want(*MESHES)
    attic, cinema, lobby = await stage.connected(*MESHES)
    assert stage.fleet.rooms.reconnect_all(None) == 3
    await leave(attic)
    if how == "crash":
        attic.end()
    elif how == "not wanted":
        stage.want("cinema", "lobby")
    else:
        stage.blocklist.block("attic", "operator", None)
        stage.fleet.changed()
    for puppet in (cinema, lobby):
        await leave(puppet)
        await come_back(puppet)


async def test_one_that_is_slow(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """After a while the next one follows, and the log names the slow one."""
    monkeypatch.setattr(reconnects, "PATIENCE", 0.05)
    stage.want("cinema", "lobby")
    cinema, lobby = await stage.connected("cinema", "lobby")
    stage.fleet.rooms.reconnect_all(None)
    await cinema.hear(RestartConnection)
    await leave(lobby)
    assert "has not joined again within 0.05 s; the next one follows" in caplog.text
    await come_back(lobby)


async def test_end_of_the_fleet(stage: Stage) -> None:
    """A round does not hold it up."""
    stage.want("cinema", "lobby")
    cinema, lobby = await stage.connected("cinema", "lobby")
    stage.fleet.rooms.reconnect_all(None)
    await cinema.hear(RestartConnection)
    await stage.fleet.close(1, asyncio.Event())
    assert lobby.heard(RestartConnection) == []
