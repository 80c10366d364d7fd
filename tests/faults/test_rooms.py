"""What a mesh server can do to a bot: close, end, hide, confuse, fall silent, shout."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Final

import pytest

from meshvisor.playground.faults.noise import DEADLY, GARBAGE, HARMLESS
from meshvisor.playground.options import Options
from meshvisor.playground.server import Playground
from meshvisor.shared.model.mesh import MeshState
from meshvisor.shared.paths import Home
from tests.faults.conftest import StartFleet
from tests.fleet import Fleet, server_settings
from tests.playground.joining import joined
from tests.status import StatusReport

pytestmark = pytest.mark.faults

QUICK: Final = """
from dataclasses import replace
import meshvisor.worker.mesh.main as main
main.DEFAULT_TIMINGS = replace(
    main.DEFAULT_TIMINGS, ping=0.1, request=1.0, close=0.2, backoff_first=0.05, stable=0.0
)
"""
"""Workers that are less patient with the server than usual."""

ENOUGH: Final = {"max_connection_attempts": 1_000_000}
"""Failed connects that no test reaches."""


async def sees_the_room_again(fleet: Fleet, playground: Playground, gone: int) -> None:
    """Return when a bot that had left the lobby is there again, in a process of its own."""
    await fleet.worker("lobby", besides=gone)
    await playground.wait_for_peer("lobby")
    assert (await playground.ask("lobby", "?ping")).text == "pong"
    assert "crash" not in fleet.log("lobby")
    assert (await fleet.status()).totals.blocked == 0


async def answers_soon(playground: Playground, room: str) -> bool:
    """Ask a bot, and say whether it answered before it is worth asking again."""
    try:
        return (await playground.ask(room, "?ping", timeout=1)).text == "pong"
    except TimeoutError:
        return False


def pids(status: StatusReport) -> dict[str, int | None]:
    """Return the workers."""
    return {mesh.mesh_id: mesh.pid for mesh in status.meshes}


# ---- The end of a room ---------------------------------------------------------------------------


async def test_closed_by_the_server(start_fleet: StartFleet, playground: Playground) -> None:
    """A bot that is sent away (4000) does not come back before discovery has seen the room."""
    fleet = await start_fleet()
    closed, spared = await fleet.worker("lobby"), await fleet.worker("cinema")
    playground.refuse_api()
    # Else an answer that is under way could be a look at the room after the end of the stay.
    await fleet.logged("its meshes known so far stay")
    playground.close_room("lobby")
    mesh = await fleet.mesh_is("lobby", MeshState.STOPPED)
    assert (mesh.pid, mesh.last_error) == (None, "closed by protoo-server")
    meshes = {mesh["mesh_id"]: mesh for mesh in (await fleet.ask("meshes"))["meshes"]}
    assert "discovery to see it again" in meshes["lobby"]["waiting_for"]
    assert len(playground.connects("lobby")) == 1
    playground.world.admission.allow_all()
    await sees_the_room_again(fleet, playground, closed)
    assert await fleet.worker("cinema") == spared


async def test_ended_room(start_fleet: StartFleet, playground: Playground) -> None:
    """A room that has ended is forgotten, and served again when it is opened again."""
    fleet = await start_fleet()
    ended = await fleet.worker("lobby")
    playground.end_room("lobby")
    await fleet.all_are(MeshState.CONNECTED, 1)
    await fleet.until(lambda: len(fleet.processes()) == 3, "the end of its worker")
    playground.add_room("lobby")
    await sees_the_room_again(fleet, playground, ended)


@pytest.mark.long
async def test_room_that_is_listed_no_more(start_fleet: StartFleet, playground: Playground) -> None:
    """A room that vanishes from discovery is left politely, and joined again when it is back."""
    fleet = await start_fleet()
    gone = await fleet.worker("lobby")
    playground.remove_room("lobby")
    await playground.wait_until_empty("lobby")
    await fleet.all_are(MeshState.CONNECTED, 1)
    await fleet.logged("stopping: it is not listed any more", "lobby")
    playground.add_room("lobby")
    await sees_the_room_again(fleet, playground, gone)


@pytest.mark.long
async def test_discovery_that_fails(start_fleet: StartFleet, playground: Playground) -> None:
    """A platform that cannot be asked ends no stay; what changed meanwhile is found after it."""
    fleet = await start_fleet()
    before = [await fleet.worker(room) for room in ("lobby", "cinema")]
    playground.refuse_api(500)
    await fleet.logged("its meshes known so far stay")
    playground.add_room("attic")
    assert [await fleet.worker(room) for room in ("lobby", "cinema")] == before
    playground.world.admission.allow_all()
    await fleet.worker("attic")
    await fleet.logged("lists its meshes again")
    assert [await fleet.worker(room) for room in ("lobby", "cinema")] == before


# ---- Two with one peer id ------------------------------------------------------------------------


@pytest.fixture
async def latest_wins() -> AsyncIterator[Playground]:
    """Return a mesh server where the newer of two connections with one peer id stays."""
    async with Playground(2, Options(duplicates="replace")) as server:
        yield server


@pytest.mark.long
async def test_another_client_with_the_same_peer_id(
    start_fleet: StartFleet, playground: Playground
) -> None:
    """The bot does not notice that a second connection with its peer id is turned away."""
    fleet = await start_fleet()
    worker = await fleet.worker("lobby")
    peer_id = await playground.wait_for_peer("lobby")
    with pytest.raises(ConnectionError):
        async with joined(playground, "lobby", peer_id):
            pass
    assert (await playground.ask("lobby", "?ping")).text == "pong"
    assert await fleet.worker("lobby") == worker
    assert len(playground.connects("lobby")) == 2


async def test_another_client_that_takes_the_place(latest_wins: Playground, home: Home) -> None:
    """A bot that is pushed out by its own peer id is back with the next look of discovery."""
    fleet = Fleet(home, server_settings(latest_wins))
    await fleet.start()
    pushed = await fleet.worker("lobby")
    spared = await fleet.worker("cinema")
    peer_id = await latest_wins.wait_for_peer("lobby")
    async with joined(latest_wins, "lobby", peer_id):
        await sees_the_room_again(fleet, latest_wins, pushed)
    assert await fleet.worker("cinema") == spared
    await fleet.close()


@pytest.mark.long
async def test_two_fleets_with_one_account(
    start_fleet: StartFleet, playground: Playground, home: Home
) -> None:
    """The second fleet stays out, crashing and blocking nothing, until the first has left."""
    second_home = Home(home.root / "second")
    for each in (home, second_home):
        each.config.mkdir(mode=0o700, parents=True)
        each.credentials_file.touch(mode=0o600)
        each.credentials_file.write_text('{"peerId": "7_bot"}')
    first = await start_fleet()
    await first.all_are(MeshState.CONNECTED, 2)
    second = Fleet(second_home, server_settings(playground))
    await second.start()
    await playground.wait_for_connects("lobby", 4)
    await second.logged("closed_for_good", "lobby")
    assert (await first.mesh_is("lobby", MeshState.CONNECTED)).restarts == 0
    assert await first.stop() == 0
    await second.all_are(MeshState.CONNECTED, 2)
    assert (await second.status()).totals.blocked == 0
    assert "crash" not in second.log("lobby")
    await second.close()


# ---- Too much, too little, nonsense --------------------------------------------------------------


@pytest.mark.long
async def test_harmless_garbage(start_fleet: StartFleet, playground: Playground) -> None:
    """Whatever of it a client may drop costs neither the connection nor a command."""
    fleet = await start_fleet()
    worker = await fleet.worker("lobby")
    await playground.wait_for_peer("lobby")
    for kind in HARMLESS:
        playground.send_garbage("lobby", [kind])
        assert (await playground.ask("lobby", "?ping")).text == "pong", kind
    playground.send_garbage("lobby", HARMLESS * 20)
    assert (await playground.ask("lobby", "?ping")).text == "pong"
    assert await fleet.worker("lobby") == worker
    assert len(playground.connects("lobby")) == 1


async def test_deadly_garbage(start_fleet: StartFleet, playground: Playground) -> None:
    """What forbids to go on costs the connection and not the process; the others go on."""
    for kind in DEADLY:
        playground.add_room(kind)
    fleet = await start_fleet(QUICK)
    count = len(DEADLY) + 2
    before = {
        mesh.mesh_id: mesh.pid for mesh in (await fleet.all_are(MeshState.CONNECTED, count)).meshes
    }
    for kind in DEADLY:
        await playground.wait_for_peer(kind)
        playground.send_garbage(kind, [*GARBAGE, kind])
    assert (await playground.ask("cinema", "?ping")).text == "pong"
    for kind in DEADLY:
        await playground.wait_for_connects(kind, 2)
        await playground.wait_for_peer(kind)
        assert (await playground.ask(kind, "?ping")).text == "pong"
    after = {
        mesh.mesh_id: mesh.pid for mesh in (await fleet.all_are(MeshState.CONNECTED, count)).meshes
    }
    assert after == before
    assert len(playground.connects("cinema")) == 1


async def test_silent_server(start_fleet: StartFleet, playground: Playground) -> None:
    """A connection that is open but dead is found and given up, and the bot comes back."""
    fleet = await start_fleet(QUICK, fleet=ENOUGH)
    worker = await fleet.worker("lobby")
    await playground.wait_for_peer("lobby")
    playground.go_silent("lobby")
    await fleet.mesh_is("lobby", MeshState.DISCONNECTED)
    # The silent room lets the bot connect, and then says nothing to it.
    await playground.wait_for_connects("lobby", 2)
    assert (await playground.ask("cinema", "?ping")).text == "pong"
    playground.go_silent("lobby", silent=False)
    assert await fleet.worker("lobby") == worker
    await playground.wait_for_peer("lobby")
    assert (await playground.ask("lobby", "?ping")).text == "pong"


async def test_storm(start_fleet: StartFleet, playground: Playground) -> None:
    """Ten thousand messages and commands in one room, and slow handlers, leave the others alone."""
    fleet = await start_fleet(
        """
@event("message")
async def dawdle(message):
    await asyncio.sleep(3600)
""",
        fleet={"shutdown_timeout": 2},  # no need to wait for handlers that sleep
        logs={"level": "warning"},
    )
    before = [await fleet.worker(room) for room in ("lobby", "cinema")]
    for room in ("lobby", "cinema"):
        await playground.wait_for_peer(room)
    storms = asyncio.gather(
        playground.storm("lobby", 5000), playground.storm("lobby", 5000, "?uptime")
    )
    answers = 0
    while answers == 0 or not storms.done():
        assert (await playground.ask("cinema", "?ping")).text == "pong"
        answers += 1
    await storms
    # Commands that come while a hundred others wait are refused without a word.
    while not await answers_soon(playground, "lobby"):
        pass
    await fleet.logged("Too many handlers run", "lobby")
    assert [await fleet.worker(room) for room in ("lobby", "cinema")] == before
    assert len(playground.connects()) == 2
