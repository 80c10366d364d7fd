from __future__ import annotations

import asyncio

import pytest
from aiohttp import ClientSession
from websockets import InvalidStatus
from websockets.asyncio.client import connect as web_socket
from websockets.typing import Origin, Subprotocol

from meshvisor.features.watch_party.protoo.client import LeftError, RefusedError, connect
from meshvisor.features.watch_party.protoo.control import CONTROL_ROOM
from meshvisor.features.watch_party.protoo.rooms import FULLY_JOINED
from meshvisor.playground.options import Options
from meshvisor.playground.server import Playground
from tests.playground.joining import joined, next_of

PROTOO = [Subprotocol("protoo")]


async def refusal(address: str, subprotocols: list[Subprotocol] | None) -> tuple[int, str]:
    """Return status and reason with which a connect is refused."""
    with pytest.raises(InvalidStatus) as caught:
        await web_socket(address, subprotocols=subprotocols, proxy=None)
    response = caught.value.response
    return response.status_code, response.headers["X-WebSocket-Reject-Reason"]


@pytest.mark.parametrize(
    ("query", "subprotocols", "status", "reason"),
    [
        ("roomId=lobby&peerId=1_a", None, 403, "Sec-WebSocket-Protocol"),
        ("roomId=lobby&peerId=1_a", [Subprotocol("chat")], 403, "Sec-WebSocket-Protocol"),
        ("roomId=lobby", PROTOO, 400, "peerId"),
        ("peerId=1_a", PROTOO, 400, "roomId"),
        ("roomId=&peerId=", PROTOO, 400, "needed"),
        ("roomId=attic&peerId=1_a", PROTOO, 404, "attic"),
        ("roomId=a%0d%0ab%C3%A9&peerId=1_a", PROTOO, 404, "no room"),
    ],
)
async def test_refusals(
    playground: Playground,
    query: str,
    subprotocols: list[Subprotocol] | None,
    status: int,
    reason: str,
) -> None:
    """A connect that breaks a rule is refused before the upgrade, with the reason in a header."""
    answer = await refusal(f"{playground.server}/?{query}", subprotocols)

    assert answer[0] == status
    assert reason in answer[1]


async def test_protoo_among_several_subprotocols(playground: Playground) -> None:
    """A client that offers other subprotocols too gets protoo."""
    address = f"{playground.server}/?roomId=lobby&peerId=1_a"
    offered = [Subprotocol("chat"), Subprotocol("protoo")]

    async with web_socket(address, subprotocols=offered, proxy=None) as socket:
        assert socket.subprotocol == "protoo"


async def test_connects_are_recorded(playground: Playground) -> None:
    """Every connect to a room is on record with its time and outcome."""
    with pytest.raises(RefusedError):
        await connect(playground.server, "attic", "1_a").__aenter__()
    async with joined(playground):
        pass

    refused, accepted = playground.connects()
    assert (refused.room, refused.peer_id, refused.status) == ("attic", "1_a", 404)
    assert (accepted.room, accepted.accepted) == ("lobby", True)
    assert refused.at <= accepted.at
    assert playground.connects("lobby") == [accepted]


async def test_second_connection_is_rejected() -> None:
    """By default the newer of two connections with one peer id gets 101 and then 4000."""
    async with Playground(["lobby"]) as playground, joined(playground) as first:
        async with connect(playground.server, "lobby", "1_a") as second:
            with pytest.raises(LeftError) as caught:
                await second.receive()
        assert caught.value.for_good
        await first.peer.request("clientPing")
        assert playground.peers("lobby") == ["1_a"]


async def test_second_connection_replaces() -> None:
    """Under the other policy the older connection gets 4000, and the newer one may join."""
    options = Options(duplicates="replace")
    async with Playground(["lobby"], options) as playground, joined(playground) as first:
        async with connect(playground.server, "lobby", "1_a") as second:
            with pytest.raises(LeftError) as caught:
                await next_of(first, "nothing more")
            await second.peer.request(FULLY_JOINED)
            assert playground.peers("lobby") == ["1_a"]
        assert caught.value.for_good


@pytest.mark.parametrize("token", [None, "wrong", "wröng"])
async def test_wrong_token(token: str | None) -> None:
    """A playground with a token refuses peers without it."""
    async with Playground(["lobby"], Options(token="right")) as playground:
        with pytest.raises(RefusedError, match="Authorization") as caught:
            await connect(playground.server, "lobby", "1_a", token=token).__aenter__()
        assert caught.value.status == 401


async def test_right_token() -> None:
    """The token opens the room."""
    async with (
        Playground(["lobby"], Options(token="right")) as playground,
        connect(playground.server, "lobby", "1_a", token="right") as client,
    ):
        await client.peer.request(FULLY_JOINED)


async def test_control_room_is_not_for_web_pages(playground: Playground) -> None:
    """A page in a browser on this machine cannot cause faults: browsers always send an origin."""
    address = f"{playground.server}/?roomId={CONTROL_ROOM}&peerId=1_a"

    with pytest.raises(InvalidStatus) as caught:
        await web_socket(address, subprotocols=PROTOO, origin="http://evil.example", proxy=None)  # type: ignore[arg-type]  # Origin is a NewType of str

    assert caught.value.response.status_code == 403


@pytest.mark.parametrize(
    "origin", ["http://evil.example", "http://localhost:1", "https://127.0.0.1", "null", ""]
)
async def test_rooms_are_not_for_web_pages_of_others(playground: Playground, origin: str) -> None:
    """A page in a browser cannot come in as a user of its choice, nor ask for anything else."""
    address = f"{playground.server}/?roomId=lobby&peerId=953371_x"
    with pytest.raises(InvalidStatus) as caught:
        await web_socket(address, subprotocols=PROTOO, origin=Origin(origin), proxy=None)
    assert caught.value.response.status_code == 403
    async with ClientSession(headers={"Origin": origin}) as client:
        for method, path in (("GET", "/meshes/self"), ("POST", "/auth/link"), ("GET", "/nothing")):
            async with client.request(method, playground.url + path) as answer:
                assert answer.status == 403


async def test_rooms_are_for_pages_of_the_server(playground: Playground) -> None:
    """Its own page, by whatever name of this machine, may come in, and programs anyway."""
    for host in ("127.0.0.1", "localhost"):
        address = f"{playground.server}/?roomId=lobby&peerId=1_{host}"
        origin = Origin(f"http://{host}:{playground.port}")
        async with web_socket(address, subprotocols=PROTOO, origin=origin, proxy=None):
            pass


async def test_a_peer_that_leaves_while_it_is_let_in(
    playground: Playground, caplog: pytest.LogCaptureFixture
) -> None:
    """A client that dies in the middle of its connect is no error, and no peer."""
    playground.stall("lobby")
    _, writer = await asyncio.open_connection("127.0.0.1", playground.port)
    writer.write(
        b"GET /?roomId=lobby&peerId=1_a HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\n"
        b"Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
        b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Protocol: protoo\r\n\r\n"
    )
    await writer.drain()
    writer.transport.abort()
    await asyncio.sleep(0)
    async with joined(playground, "cinema"):
        playground.allow("lobby")
        async with joined(playground, "lobby", "1_b"):
            assert playground.peers("lobby") == ["1_b"]
    assert "Error handling request" not in caplog.text
