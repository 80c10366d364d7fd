"""A platform that answers with anything at all costs its look, and never the fleet."""

from __future__ import annotations

import itertools
import json
import random
from typing import Any

import pytest
from aiohttp import web

from meshvisor.features.fleet.supervisor.providers.provider import DiscoveryError
from meshvisor.features.watch_party.supervisor.discovery.rest import RestOptions, RestProvider
from meshvisor.playground.server import Playground
from meshvisor.shared.model.mesh import MeshState
from tests.faults.conftest import StartFleet
from tests.supervisor.platform.platform import Answer
from tests.supervisor.platform.platform import platform as serving

HALF = b'"\\ud83d"'

NASTY = [
    b'{"data":[],"paging":{"next":' + HALF + b"}}",
    b'{"data":[],"paging":{"next":"\\u0000\\r\\n"}}',
    b'{"data":[],"paging":{"next":"' + b"x" * 100_000 + b'"}}',
    b'{"data":[],"paging":{"next":' + b"9" * 400 + b"}}",
    b'{"data":[{"mesh":{"id":' + HALF + b',"server":"ws://a:1"}}]}',
    b'{"data":[{"mesh":{"id":"a","server":' + HALF + b"}}]}",
    b'{"data":[{"mesh":{"id":"a","server":"ws://[::1"}}]}',
    b'{"data":[{"mesh":{"id":"a","server":"ws://\\ud83d.example:1"}}]}',
    b'{"data":[{"mesh":{"id":"a","server":1e999}}]}',
    b"[" * 100_000,
    b'"\xed\xa0\xbd"',
]


@pytest.mark.faults
async def test_a_fleet_outlives_whatever_its_platform_answers(
    start_fleet: StartFleet, playground: Playground
) -> None:
    """Each of these answers is a look that failed; the mesh of a good one stays connected."""
    good = {"data": [{"mesh": {"id": "lobby", "server": playground.server}}]}
    left, turn = list(NASTY), itertools.count()

    def answer(request: web.Request) -> Answer:
        # Every other look is answered well, so that failures do not add up to long pauses.
        if request.path != "/meshes/self" or not left or next(turn) % 2 == 0:
            return good
        return left.pop(0)

    async with serving() as platform:
        platform.answer = answer
        fleet = await start_fleet(platform={"url": platform.url})
        await fleet.until(lambda: not left, "all answers")
        looks = len(platform.requests)
        await fleet.until(lambda: len(platform.requests) > looks + 2, "looks after the last one")
        await fleet.mesh_is("lobby", MeshState.CONNECTED)
        assert fleet.running


@pytest.mark.faults
@pytest.mark.long
async def test_a_listing_of_a_whole_world(start_fleet: StartFleet, playground: Playground) -> None:
    """Thousands of meshes appear at once: a worker goes on, all can be shown, few are named."""
    meshes = [{"mesh": {"id": f"m{n}", "server": "ws://127.0.0.1:1"}} for n in range(20_000)]
    good = {"mesh": {"id": "lobby", "server": playground.server}}
    async with serving() as platform:
        platform.answer = lambda request: {"data": [good]}
        fleet = await start_fleet(
            platform={"url": platform.url}, fleet={"max_processes": 1, "discovery_interval": 3600}
        )
        pid = await fleet.worker("lobby")
        platform.answer = lambda request: {"data": [good, *meshes]}
        reload = await fleet.command("config", "reload")
        assert "and 19980 more" in reload.out
        assert len(reload.out) < 1000
        status = json.loads((await fleet.command("status", "--json")).out)
        assert len(status["meshes"]) == status["totals"]["meshes"] >= 20_000
        listed = json.loads((await fleet.command("meshes", "list", "--json")).out)
        assert len(listed["meshes"]) == len(status["meshes"])
        lobby = await fleet.mesh_is("lobby", MeshState.CONNECTED)
        assert lobby.pid == pid


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.some(2)
async def test_mutated_answers(seed: int, chance: random.Random) -> None:
    """A good answer with some bytes changed is a list of meshes or one error, nothing else."""
    async with serving() as platform:
        provider = RestProvider(RestOptions(platform.url, "all", "d", None, "ws://default:1"))
        platform.answer = lambda request: _mutated(request, chance)
        for _ in range(60):
            try:
                await provider.find()
            except DiscoveryError as error:
                str(error).encode()


def _mutated(request: web.Request, chance: random.Random) -> bytes:
    entries: list[Any] = [{"mesh": {"id": f"m{n}", "server": "ws://a:1"}} for n in range(3)]
    entries.append({"mesh": {"id": "away"}})
    body: Any = {"data": entries, "paging": {"next": chance.choice([None, None, "more", 7])}}
    if request.path != "/meshes/self":
        body = {"data": {"id": "away", "server": "ws://b:1"}}
    data = bytearray(json.dumps(body).encode())
    for _ in range(chance.randint(0, 3)):
        at = chance.randrange(len(data))
        piece = chance.choice([HALF, b"\\ud800", b"\\u0000", b"1e999", b"\xff", b"[[", b"}", b"-"])
        data[at : at + chance.randint(0, 4)] = piece
    return bytes(data)
