"""A database that is killed or frozen under a running fleet, and comes back."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from meshvisor.playground.server import Playground
from meshvisor.shared.model.mesh import MeshState
from tests.faults.conftest import StartFleet
from tests.faults.directory.conftest import (
    GUEST,
    REFUSED,
    add_admin,
    answers,
    decide,
    decided,
    known,
    on,
    reachable,
    said,
    untouched,
)
from tests.fleet import Fleet
from tests.mongo import NxServer
from tests.status import StatusReport

pytestmark = pytest.mark.faults

MESHES = 20
ROUNDS = 3
"""How often the server is lost and found."""

CONNECTIONS = 5
"""As many as the client may have: four in its pool and one that watches the server."""

Deed = Callable[[NxServer], Coroutine[Any, Any, None]]


async def kill(server: NxServer) -> None:
    """Cut the power."""
    server.kill()


async def start(server: NxServer) -> None:
    """Start it on its old port with its old data."""
    # In a thread: the mesh server of this loop has to go on meanwhile.
    await asyncio.to_thread(server.start)


async def freeze(server: NxServer) -> None:
    """Let it say nothing."""
    server.freeze()


async def thaw(server: NxServer) -> None:
    """Let it go on."""
    server.thaw()


async def goes_on(fleet: Fleet, playground: Playground, before: StatusReport) -> None:
    """Check what has to hold while the database is away."""
    away = await reachable(fleet, is_so=False)
    assert "mongodb://127.0.0.1:" in away.problems[0]
    assert REFUSED in await said(playground, "lobby", "?ping", GUEST)
    assert REFUSED not in await said(playground, "room-19", "?ping")
    assert REFUSED not in await said(playground, "cinema", "?uptime", GUEST)
    refusal = await said(playground, "cinema", "?setperm uptime admin")
    assert refusal.startswith("Nothing was done: the directory cannot be used: ")
    assert "may or may not" not in refusal
    assert REFUSED not in await said(playground, "cinema", "?uptime", GUEST)
    shown = await fleet.command("status")
    assert shown.code == 0
    assert "The directory cannot be reached" in shown.out
    await untouched(fleet, before)


@pytest.mark.parametrize(
    ("lose", "find"), [(kill, start), pytest.param(freeze, thaw, marks=pytest.mark.long)]
)
async def test_lost_and_found_again_and_again(
    start_fleet: StartFleet, playground: Playground, mongo: NxServer, lose: Deed, find: Deed
) -> None:
    """Twenty rooms go on with what is known, and learn what was changed as soon as it is back."""
    rooms = ["lobby", "cinema", *(f"room-{number}" for number in range(2, MESHES))]
    for room in rooms[2:]:
        playground.add_room(room)
    await add_admin(mongo)
    await decide(mongo, "ping", for_admins=True)
    fleet = await start_fleet(database=on(mongo))
    before = await fleet.all_are(MeshState.CONNECTED, MESHES)
    for number in range(ROUNDS):
        await lose(mongo)
        await goes_on(fleet, playground, before)
        await find(mongo)
        assert await decided(mongo) == {"ping": True} | ({"about": False} if number else {})
        # Before the supervisor is back, most likely.
        await decide(mongo, "about", for_admins=True)
        await answers(playground, "?about", GUEST, refused=True, rooms=rooms)
        assert (await reachable(fleet)).problems == ()
        await decide(mongo, "about", for_admins=False)
        await answers(playground, "?about", GUEST, refused=False, rooms=rooms)
        await untouched(fleet, before)
    assert "for admins only now" in await said(playground, "room-7", "?setperm uptime admin")
    assert (await decided(mongo))["uptime"]
    assert fleet.log().count("the directory is away") >= ROUNDS
    # One client, which leaves nothing behind however often it was cut off.
    assert mongo.connections <= CONNECTIONS
    await lose(mongo)
    assert await fleet.stop() == 0


@pytest.mark.long
async def test_lost_in_the_moment_of_a_change(
    start_fleet: StartFleet, playground: Playground, mongo: NxServer
) -> None:
    """The answer says that it is unknown; once it is back, workers know what has come of it."""
    await add_admin(mongo)
    fleet = await start_fleet(database=on(mongo))
    before = await fleet.all_are(MeshState.CONNECTED, 2)
    mongo.freeze()
    answer = await said(playground, "lobby", "?setperm ping admin")
    assert answer.startswith("It is unknown whether it was done: the directory cannot be used: ")
    assert "may or may not have arrived" in answer
    mongo.thaw()
    await reachable(fleet)
    assert "Read anew" in await said(playground, "lobby", "?refresh")
    truth = await decided(mongo)

    async def knows() -> bool:
        return await known(fleet) == truth

    await fleet.until_told(knows, f"the fleet to know {truth}")
    await answers(playground, "?ping", GUEST, refused=truth.get("ping", False))
    await untouched(fleet, before)
