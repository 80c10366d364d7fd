from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import ClientSession

from meshvisor.playground.discovery import BadQueryError, decode_cursor, encode_cursor
from meshvisor.playground.options import Options
from meshvisor.playground.server import Playground
from tests.playground.joining import joined


@pytest.fixture
async def api(playground: Playground) -> AsyncIterator[ClientSession]:
    """Return an HTTP client of the playground."""
    async with ClientSession(playground.url) as client:
        yield client


async def status(api: ClientSession, path: str, **headers: str) -> int:
    """Return the status of an answer."""
    async with api.get(path, headers=headers) as answer:
        return answer.status


async def listed(api: ClientSession, **query: str | int) -> dict[str, Any]:
    """Return the answer to a listing."""
    params = {"deviceId": "d", "lang": "en", **query}
    async with api.get("/meshes/self", params=params) as answer:
        assert answer.status == 200, await answer.text()
        body: dict[str, Any] = await answer.json()
        return body


def ids(body: dict[str, Any]) -> list[str]:
    """Return the mesh ids of a listing."""
    return [entry["mesh"]["id"] for entry in body["data"]]


async def test_listing(playground: Playground, api: ClientSession) -> None:
    """A listing says of each mesh where it is and who is there."""
    async with joined(playground, peer_id="5_a", handle="mila"):
        body = await listed(api)

    assert body == {
        "data": [
            {
                "mesh": {"id": "lobby", "server": playground.server},
                "users": [{"id": 5, "handle": "mila"}],
            },
            {"mesh": {"id": "cinema", "server": playground.server}, "users": []},
        ],
        "paging": {"next": None},
    }


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({}, ["lobby", "cinema", "club", "den"]),
        ({"invited": "true"}, ["lobby", "cinema"]),
        ({"invited": "true", "public": "false", "friends": "false"}, ["lobby", "cinema"]),
        ({"friends": "1"}, ["club"]),
        ({"friends": "true", "local": "true"}, ["club", "den"]),
        ({"public": "false"}, []),
    ],
)
async def test_kinds(
    playground: Playground, api: ClientSession, query: dict[str, str], expected: list[str]
) -> None:
    """Only meshes of a kind that is asked for are listed; all when none is named."""
    playground.add_room("club", frozenset({"friends"}))
    playground.add_room("den", frozenset({"local"}))

    assert ids(await listed(api, **query)) == expected


async def test_pages(playground: Playground, api: ClientSession) -> None:
    """Following the cursor finds each mesh once, even when some open and end meanwhile."""
    for number in range(7):
        playground.add_room(f"extra-{number}")
    first = await listed(api, limit=4)
    playground.remove_room("cinema")  # on the page that was read
    playground.add_room("late")
    second = await listed(api, limit=4, cursor=first["paging"]["next"])
    third = await listed(api, limit=4, cursor=second["paging"]["next"])

    assert ids(first) == ["lobby", "cinema", "extra-0", "extra-1"]
    assert ids(second) == ["extra-2", "extra-3", "extra-4", "extra-5"]
    assert ids(third) == ["extra-6", "late"]
    assert third["paging"]["next"] is None


async def test_last_page_is_full(api: ClientSession) -> None:
    """A page that ends with the last mesh promises no further one."""
    assert (await listed(api, limit=2))["paging"]["next"] is None


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("limit", "0"),
        ("limit", "101"),
        ("limit", "many"),
        ("limit", "²"),
        ("cursor", "!!"),
        ("cursor", "YWZ0ZXI6eA=="),
        ("public", "maybe"),
    ],
)
async def test_wrong_query(api: ClientSession, name: str, value: str) -> None:
    """A wrong parameter is refused with its name."""
    async with api.get("/meshes/self", params={name: value}) as answer:
        assert answer.status == 400
        assert name in (await answer.json())["error"]["message"]


async def test_one_mesh(playground: Playground, api: ClientSession) -> None:
    """A mesh can be asked for by its id."""
    async with api.get("/meshes/cinema") as answer:
        body = await answer.json()

    assert body == {"data": {"id": "cinema", "server": playground.server, "users": []}}


async def test_unknown_and_ended_meshes(playground: Playground, api: ClientSession) -> None:
    """A mesh that never was, or has ended, is not found and not listed."""
    playground.end_room("cinema")

    assert await status(api, "/meshes/attic") == 404
    assert await status(api, "/meshes/cinema") == 404
    assert ids(await listed(api)) == ["lobby"]


async def test_refused_on_request(playground: Playground, api: ClientSession) -> None:
    """The REST addresses can be made to fail for a while, apart from the rooms."""
    playground.refuse_api(500, times=1)

    assert await status(api, "/meshes/self") == 500
    assert await status(api, "/meshes/self") == 200


async def test_token() -> None:
    """With a token, only who has it is answered."""
    async with (
        Playground(1, Options(token="right")) as playground,
        ClientSession(playground.url) as client,
    ):
        assert await status(client, "/meshes/self") == 401
        assert await status(client, "/meshes/lobby", Authorization="Bearer right") == 200


def test_cursors_come_back() -> None:
    """A cursor says where to go on, and only our own are taken."""
    assert decode_cursor(encode_cursor(123)) == 123
    assert decode_cursor(None) == 0
    with pytest.raises(BadQueryError):
        decode_cursor("bGF0ZXI6MQ==")
