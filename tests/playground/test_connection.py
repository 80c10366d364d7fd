from __future__ import annotations

import asyncio

import pytest
from websockets.asyncio.client import ClientConnection
from websockets.asyncio.client import connect as web_socket
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from meshvisor.features.watch_party.protoo.client import room_address
from meshvisor.features.watch_party.protoo.messages import Request, encode
from meshvisor.features.watch_party.protoo.rooms import CLIENT_PING, FULLY_JOINED
from meshvisor.playground.connection import MAX_MESSAGE
from meshvisor.playground.options import Options
from meshvisor.playground.server import Playground
from tests.playground.joining import joined


async def raw(playground: Playground, peer_id: str = "1_a") -> ClientConnection:
    """Return a WebSocket in the lobby, without a peer on top."""
    address = room_address(playground.server, "lobby", peer_id)
    return await web_socket(
        address, subprotocols=[Subprotocol("protoo")], proxy=None, ping_interval=None
    )


async def ask(socket: ClientConnection, method: str) -> str:
    """Send a request and return the next frame."""
    await socket.send(encode(Request(1, method)))
    return str(await socket.recv())


@pytest.mark.parametrize(
    "frame",
    [
        "",
        "null",
        "[]",
        "hello",
        '{"request":true}',
        '{"request":true,"id":"1","method":"fullyJoined"}',
        '{"response":true,"id":5,"ok":true}',
        '{"notification":true}',
        "[" * 100_000,
        b"binary",
    ],
)
async def test_malformed_frames_are_dropped(playground: Playground, frame: str | bytes) -> None:
    """What is no protoo message is dropped, and the connection goes on."""
    socket = await raw(playground)
    await socket.send(frame)

    assert await ask(socket, CLIENT_PING) == '{"response":true,"id":1,"ok":true,"data":{}}'
    await socket.close()


async def test_too_long_message(playground: Playground) -> None:
    """A message over the limit ends the connection with 1009, and no other."""
    async with joined(playground, peer_id="2_b") as other:
        socket = await raw(playground)
        await socket.send("x" * (MAX_MESSAGE + 1))
        with pytest.raises(ConnectionClosed):
            await socket.recv()
        assert socket.close_code == 1009
        await other.peer.request(CLIENT_PING)


async def test_pings_are_answered(playground: Playground) -> None:
    """A ping of the client gets its pong."""
    socket = await raw(playground)

    assert await (await socket.ping()) >= 0
    await socket.close()


async def test_close_is_answered(playground: Playground) -> None:
    """A client that closes politely is answered, and is out of the room."""
    socket = await raw(playground)
    await ask(socket, FULLY_JOINED)
    await socket.close(1000)

    assert socket.close_code == 1000
    await playground.wait_until_empty("lobby")


async def test_a_cut_connection_leaves_the_room(playground: Playground) -> None:
    """A peer whose connection is cut is out of the room at once."""
    socket = await raw(playground)
    await ask(socket, FULLY_JOINED)
    socket.transport.abort()

    await playground.wait_until_empty("lobby")
    assert playground.room("lobby").users == ()


async def test_who_does_not_answer_pings_is_cut_off() -> None:
    """A peer that answers no ping is dropped without a close frame, one that does is kept."""
    options = Options(ping_interval=0.05, ping_timeout=0.3)
    async with Playground(["lobby"], options) as playground, joined(playground, peer_id="2_b"):
        dead = await raw(playground)
        await ask(dead, FULLY_JOINED)
        dead.transport.pause_reading()

        def only_the_living() -> bool:
            return playground.peers("lobby") == ["2_b"]

        await playground.world.watch.until(only_the_living, what="the dead peer to be gone")
        dead.transport.resume_reading()
        await dead.wait_closed()
        assert dead.close_code == 1006


async def test_who_does_not_read_is_cut_off(
    playground: Playground, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A peer that stops reading is cut off when too much waits for it; the others hear all."""
    monkeypatch.setattr("meshvisor.playground.connection.MAX_UNSENT", 100_000)
    async with joined(playground, peer_id="2_b") as other:
        stuck = await raw(playground)
        await ask(stuck, FULLY_JOINED)
        stuck.transport.pause_reading()

        while "1_a" in playground.peers("lobby"):
            playground.say("lobby", "x" * 50_000)
            await other.peer.request(CLIENT_PING)
        stuck.transport.abort()
    await playground.wait_until_empty("lobby")


async def test_nothing_is_sent_after_the_end(playground: Playground) -> None:
    """Closing and aborting twice, and sending afterwards, do nothing."""
    async with joined(playground):
        connection = playground.peer("lobby", "1_a").connection
        connection.close()
        connection.close()
        connection.abort()
        connection.send(b"\x81\x00")

    await playground.wait_until_empty("lobby")
    assert connection.ended


async def test_close_without_an_answer_has_a_deadline(
    playground: Playground, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A peer that ignores the close frame is cut off."""
    monkeypatch.setattr("meshvisor.playground.connection.CLOSE_TIMEOUT", 0.05)
    socket = await raw(playground)
    await ask(socket, FULLY_JOINED)
    served = playground.peer("lobby", "1_a").connection
    socket.transport.pause_reading()
    served.close()

    await asyncio.wait_for(_gone(playground, served._transport), 5)
    socket.transport.abort()
    await socket.wait_closed()


async def _gone(playground: Playground, transport: asyncio.Transport) -> None:
    await playground.wait_until_empty("lobby")
    while not transport.is_closing():
        await asyncio.sleep(0)
