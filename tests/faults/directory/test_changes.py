"""Changes that meet another supervisor, a sudden end, or a full disk."""

from __future__ import annotations

import asyncio
import random
import shutil
import signal
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from meshvisor.playground.server import Playground
from meshvisor.shared.model.mesh import MeshState
from meshvisor.shared.paths import Home
from tests.faults.conftest import MakeFleet, StartFleet, full_disk
from tests.faults.directory.conftest import (
    ADMIN,
    GUEST,
    REFUSED,
    add_admin,
    answers,
    decide,
    decided,
    known,
    on,
    said,
    untouched,
)
from tests.fleet import Fleet, server_settings
from tests.mongo import NxServer

pytestmark = pytest.mark.faults

ROUNDS = 8
"""After each both sides have to agree."""

CHANGES = 6
"""Of each side and in each round, at the same time."""

OPERATIONS = ("?setperm ping admin", "?setperm ping user", "?removeperm ping")


# ---- Two supervisors -----------------------------------------------------------------------------


@pytest.fixture
async def other_playground() -> AsyncIterator[Playground]:
    """Return a mesh server with one room, for another fleet."""
    async with Playground(1) as server:
        yield server


@pytest.fixture
async def other_fleet(other_playground: Playground, mongo: NxServer) -> AsyncIterator[Fleet]:
    """Return a running fleet with a home of its own and the same database."""
    root = Path(tempfile.mkdtemp(prefix="mv-"))
    fleet = Fleet(Home(root), server_settings(other_playground, database=on(mongo)))
    await fleet.start()
    yield fleet
    await fleet.close()
    shutil.rmtree(root)


async def change_often(playground: Playground, seed: str) -> None:
    """Change what is decided about one command, again and again."""
    chance = random.Random(seed)
    for _ in range(CHANGES):
        answer = await said(playground, "lobby", chance.choice(OPERATIONS))
        assert answer.startswith(("?ping is ", "Nothing is decided about ?ping")), answer


async def test_two_supervisors(
    start_fleet: StartFleet,
    other_fleet: Fleet,
    playground: Playground,
    other_playground: Playground,
    mongo: NxServer,
) -> None:
    """Both change one permission at the same time and end with what the database says."""
    await add_admin(mongo)
    fleets = [await start_fleet(database=on(mongo)), other_fleet]
    sides = [playground, other_playground]
    before = [
        await each.all_are(MeshState.CONNECTED, n) for each, n in zip(fleets, (2, 1), strict=True)
    ]
    for side in sides:
        await answers(side, "?listperms", ADMIN, refused=False)
    for seed in range(ROUNDS):
        await asyncio.gather(*(change_often(side, f"{seed}-{n}") for n, side in enumerate(sides)))
        truth = await decided(mongo)

        async def both_know(truth: dict[str, bool] = truth) -> bool:
            return [await known(each) for each in fleets] == [truth, truth]

        await fleets[0].until_told(both_know, f"both to know {truth}")
        for side in sides:
            await answers(side, "?ping", GUEST, refused=truth.get("ping", False))
    for fleet, was in zip(fleets, before, strict=True):
        await untouched(fleet, was)
        entries = (await fleet.ask("audit", limit=1000))["entries"]
        assert 0 < len(entries) <= ROUNDS * CHANGES
        assert {(each["origin"], each["subject"]) for each in entries} == {("lobby", "ping")}
        assert {each["outcome"] for each in entries} == {"done"}
        assert "Traceback" not in fleet.log() + fleet.output


async def test_the_later_one_wins(
    start_fleet: StartFleet, playground: Playground, mongo: NxServer
) -> None:
    """What seems to be so already is done again when another one has changed it meanwhile."""
    await add_admin(mongo)
    fleet = await start_fleet(database=on(mongo, poll_interval=3600))
    await fleet.worker("lobby")
    for wish, other in (("admin", False), ("user", True)):
        assert "?ping is " in await said(playground, "lobby", f"?setperm ping {wish}")
        await decide(mongo, "ping", for_admins=other)
        answer = await said(playground, "lobby", f"?setperm ping {wish}")
        assert "now, in every mesh" in answer
        assert await decided(mongo) == await known(fleet) == {"ping": not other}
        assert "already" in await said(playground, "lobby", f"?setperm ping {wish}")


# ---- A sudden end --------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["sqlite", "mongodb"])
@pytest.mark.some(1)
async def test_killed_after_an_answer(
    make_fleet: MakeFleet, playground: Playground, request: pytest.FixtureRequest, kind: str
) -> None:
    """What was answered holds after a supervisor that is killed in that moment, and is audited."""
    server = request.getfixturevalue("mongo") if kind == "mongodb" else None
    fleet = make_fleet(database=on(server) if server else {"poll_interval": 0.1})
    assert (await fleet.command("admin", "add", ADMIN.id)).code == 0
    await fleet.start()
    await fleet.worker()
    for wish, is_refused in zip(OPERATIONS, (True, False, False), strict=True):
        assert "?ping is " in await said(playground, "lobby", wish)
        fleet.signal(signal.SIGKILL)
        await fleet.exit_code()
        await fleet.until(lambda: not fleet.processes(), "the workers to end as well")
        await fleet.start()
        await fleet.worker()
        await answers(playground, "?ping", GUEST, refused=is_refused)
        newest = (await fleet.ask("audit", limit=1))["entries"][0]
        assert newest["action"] == ("perm.unset" if wish == OPERATIONS[2] else "perm.set")
        assert newest["outcome"] == "done"


# ---- A full disk ---------------------------------------------------------------------------------


@pytest.mark.long
async def test_full_disk(make_fleet: MakeFleet, playground: Playground) -> None:
    """Nothing can be changed, everything that is known holds, and all works once there is room."""
    fleet = make_fleet(database={"poll_interval": 0.1})
    assert (await fleet.command("admin", "add", ADMIN.id)).code == 0
    await fleet.start()
    before = await fleet.all_are(MeshState.CONNECTED, 2)
    assert "now, in every mesh" in await said(playground, "lobby", "?setperm ping admin")
    with full_disk(fleet):
        for wish in ("?setperm about admin", "?removeperm ping", f"?admin {GUEST.id}"):
            refusal = await said(playground, "cinema", wish)
            assert refusal.startswith("Nothing was done: ")
            assert "make room on its disk" in refusal
        outcome = await fleet.command("perm", "set", "about", "admin")
        assert outcome.code == 1
        assert outcome.err.count("\n") == 1
        assert "make room on its disk" in outcome.err
        assert REFUSED in await said(playground, "cinema", "?ping", GUEST)
        assert REFUSED not in await said(playground, "cinema", "?about", GUEST)
        assert (await fleet.command("status")).code == 0
        await untouched(fleet, before)
    assert "now, in every mesh" in await said(playground, "lobby", "?setperm about admin")
    await answers(playground, "?about", GUEST, refused=True, rooms=("lobby", "cinema"))
    await untouched(fleet, before)
