from __future__ import annotations

import pytest

from meshvisor.features.watch_party.supervisor.discovery.locations import (
    ASKED_AGAIN,
    ASKED_AT_ONCE,
    Locations,
)
from meshvisor.supervisor.platform.errors import ApiError
from meshvisor.supervisor.platform.json_api import JsonApi
from tests.supervisor.platform.platform import Answer, Platform, Status


class Asker:
    """Locations and how they are updated."""

    def __init__(self, platform: Platform) -> None:
        self.api = JsonApi("the platform", platform.url, None)
        self.locations = Locations(self.api, "ws://default:1")

    async def update(self, *mesh_ids: str) -> list[str]:
        """Update; return what went wrong."""
        async with self.api.connected() as client:
            return await self.locations.update(client, mesh_ids)


@pytest.fixture
def asker(platform: Platform) -> Asker:
    """Return locations that know nothing yet, on a platform where each mesh has its server."""
    platform.answer = lambda request: {"data": {"server": f"ws://host/{request.path[8:]}"}}
    return Asker(platform)


async def test_each_mesh_has_its_server(platform: Platform, asker: Asker) -> None:
    """Meshes are asked for one by one, and special characters in an id stay in its place."""
    assert await asker.update("lobby", "a:b@c") == []

    assert asker.locations.get("lobby") == "ws://host/lobby"
    assert sorted(request.raw_path for request in platform.requests) == [
        "/meshes/a%3Ab%40c",
        "/meshes/lobby",
    ]


@pytest.mark.parametrize("answer", [{"data": {}}, Status(404)])
async def test_a_platform_that_does_not_say(
    platform: Platform, asker: Asker, answer: Answer
) -> None:
    """The default is for platforms that name no servers or cannot be asked for one mesh."""
    platform.answer = lambda request: answer

    assert await asker.update("lobby") == []
    assert asker.locations.get("lobby") == "ws://default:1"


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (Status(500), "mesh cinema: HTTP 500"),
        ({"data": {"server": 7}}, "mesh cinema: 7 is no WebSocket address"),
    ],
)
async def test_one_mesh_that_cannot_be_found_out(
    platform: Platform, asker: Asker, answer: Answer, says: str
) -> None:
    """It is named and stays unknown, or where it was; the others are not affected."""
    right = platform.answer
    platform.answer = lambda r: answer if r.path.endswith("cinema") else right(r)
    assert await asker.update("cinema", "lobby") == [says]
    assert asker.locations.get("cinema") is None
    assert asker.locations.get("lobby") == "ws://host/lobby"

    platform.answer = right
    await asker.update("cinema", "lobby")
    platform.answer = lambda request: answer
    await asker.update("cinema", "lobby")
    assert asker.locations.get("cinema") == "ws://host/cinema"


async def test_too_many_questions(platform: Platform, asker: Asker) -> None:
    """A platform that has had enough is not asked on, and what was learned is kept."""
    right = platform.answer
    platform.answer = lambda r: Status(429) if len(platform.requests) > 3 else right(r)
    names = [f"m{number}" for number in range(50)]

    with pytest.raises(ApiError, match="HTTP 429"):
        await asker.update(*names)
    assert len(platform.requests) <= 3 + ASKED_AT_ONCE
    platform.answer = right
    platform.requests.clear()
    await asker.update(*names)
    assert all(asker.locations.get(name) == f"ws://host/{name}" for name in names)


async def test_many_meshes(platform: Platform, asker: Asker) -> None:
    """Only some are asked for at the same time."""
    await asker.update(*[f"m{number}" for number in range(100)])

    assert len(platform.requests) == 100
    assert platform.most_at_once <= ASKED_AT_ONCE


async def test_every_mesh_is_asked_for_again_in_turn(platform: Platform, asker: Asker) -> None:
    """A mesh that moves is found, although each update asks for a few only."""
    names = [f"m{number}" for number in range(ASKED_AGAIN + 5)]
    await asker.update(*names)
    platform.answer = lambda request: {"data": {"server": "ws://moved:1"}}
    platform.requests.clear()

    await asker.update(*names)
    assert len(platform.requests) == ASKED_AGAIN
    await asker.update(*names)
    assert {asker.locations.get(name) for name in names} == {"ws://moved:1"}


async def test_meshes_that_are_gone_are_forgotten(asker: Asker) -> None:
    """Memory does not grow with every mesh that there ever was."""
    await asker.update("lobby", "cinema")
    await asker.update("cinema")

    assert asker.locations.get("lobby") is None
    assert asker.locations.get("cinema") is not None
