"""The worker in a room of the npm package protoo-server, which was not written here."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from meshvisor.features.watch_party.worker.transport import WatchPartyRoom
from meshvisor.shared.model.exits import ChildExit
from meshvisor.shared.protocol.from_worker import (
    Connected,
    ConnectionFailed,
    Disconnected,
    FailureKind,
)
from meshvisor.shared.protocol.to_worker import Credentials, SendMessage
from meshvisor.shared.secret import Secret
from meshvisor.shared.version import VERSION
from meshvisor.worker.mesh.timings import Timings
from meshvisor.worker.mesh.transport import ChatMessage, EndKind, Incoming, Joining
from tests.peers.npm_server import PEER, NpmServer
from tests.worker.conftest import StartWorker
from tests.worker.supervisor_side import QUICK, RunningWorker

CHAT: dict[str, Any] = {
    "chat": "?ping",
    "id": "q1",
    "from": "7_phone",
    "user_metas": [],
    "reply": None,
}

CALM = replace(QUICK, ping=6.0)
"""Without pings between the requests that a test looks at."""


@pytest.fixture
async def npm(node_peers: Path) -> AsyncIterator[NpmServer]:
    """Return a running npm server."""
    async with NpmServer.run(node_peers) as server:
        yield server


@pytest.fixture
async def worker(npm: NpmServer, start_worker: StartWorker) -> RunningWorker:
    """Return a worker in its room."""
    worker = await start_worker(npm.address, timings=CALM)
    await worker.side.expect(Connected)
    return worker


async def test_join(npm: NpmServer, start_worker: StartWorker) -> None:
    """Room, peer id, token and versions arrive, and the bot says that it is there."""
    credentials = Credentials(peer_id="12_dev-ice", auth_token=Secret("open sesame"))
    worker = await start_worker(npm.address, mesh_id="movie:night", credentials=credentials)
    connect = await npm.expect("connect")
    assert (connect["path"], connect["roomId"]) == ("/", "movie:night")
    assert connect["peerId"] == "12_dev-ice"
    headers = connect["headers"]
    assert headers["authorization"] == "Bearer open sesame"
    assert headers["api-version"] == "4"
    assert headers["sec-websocket-protocol"] == "protoo"
    assert headers["user-agent"] == f"Meshvisor/{VERSION}"
    await npm.expect("request", peer="12_dev-ice", method="fullyJoined")
    await worker.side.expect(Connected)


async def test_no_token_no_header(npm: NpmServer, worker: RunningWorker) -> None:
    """Without a token no Authorization header is sent."""
    assert "authorization" not in (await npm.expect("connect"))["headers"]


async def test_chat_both_ways(npm: NpmServer, worker: RunningWorker) -> None:
    """What is said reaches the bot, and its answer carries the platform's fields."""
    npm.do("notify", method="chatMessage", data=CHAT)
    answer = (await npm.expect("notification", method="chatMessage"))["data"]
    assert (answer["chat"], answer["reply"], answer["from"]) == ("pong", "q1", PEER)
    assert answer["id"]


async def test_requests_of_the_bot(npm: NpmServer, start_worker: StartWorker) -> None:
    """The bot's pings are answered, and it stays."""
    worker = await start_worker(npm.address)
    for _ in range(3):
        await npm.expect("request", method="clientPing")
    assert (await worker.side.status()).counters.reconnects == 0


async def test_an_error_as_an_answer_to_a_ping(npm: NpmServer, start_worker: StartWorker) -> None:
    """A ping that is refused proves life as well as one that is answered."""
    worker = await start_worker(npm.address)
    await worker.side.expect(Connected)
    npm.do("refuse", code=500, reason="not in the mood")
    for _ in range(3):
        await npm.expect("request", method="clientPing")
    assert worker.side.seen(Disconnected) == []


async def test_requests_of_the_server(npm: NpmServer, worker: RunningWorker) -> None:
    """The server's requests are answered: a ping well, anything unknown with an error."""
    npm.do("request", method="clientPing")
    assert (await npm.expect("answer"))["method"] == "clientPing"
    npm.do("request", method="makeCoffee", data={"sugar": 2})
    refused = await npm.expect("refused", method="makeCoffee")
    assert (refused["code"], refused["reason"]) == (404, "this peer knows no such method")


async def test_the_room_refuses_the_bot(npm: NpmServer, start_worker: StartWorker) -> None:
    """An error answer to `fullyJoined` is a failed attempt, in the server's words."""
    npm.do("refuse", code=403, reason="members only")
    worker = await start_worker(npm.address)
    failed = await worker.side.expect(ConnectionFailed)
    assert failed.error == "the room refused the bot: members only (403)"
    assert failed.kind is FailureKind.REFUSED
    await worker.side.expect(Connected)


async def test_the_server_rejects_the_connect(npm: NpmServer, start_worker: StartWorker) -> None:
    """A refusal before the upgrade is reported with status and reason."""
    npm.do("reject", code=401, reason="token expired")
    worker = await start_worker(npm.address)
    failed = await worker.side.expect(ConnectionFailed)
    assert failed.error == f"{npm.address} refused the connect: token expired (HTTP 401)"
    assert failed.kind is FailureKind.UNAUTHORIZED


async def test_closed_by_the_server(npm: NpmServer, worker: RunningWorker) -> None:
    """Close code 4000 is final."""
    npm.do("close")
    ended = await worker.side.expect(Disconnected)
    assert (ended.reason, ended.server_initiated) == ("closed by protoo-server", True)
    assert await worker.exit_code() == ChildExit.DONE


async def test_dropped(npm: NpmServer, worker: RunningWorker) -> None:
    """A socket that breaks is replaced, and the room is entered again."""
    await npm.expect("request", method="fullyJoined")
    npm.do("drop")
    assert not (await worker.side.expect(Disconnected)).server_initiated
    await worker.side.expect(Connected)
    await npm.expect("request", method="fullyJoined")


async def test_a_duplicate_peer_id(
    npm: NpmServer, worker: RunningWorker, start_worker: StartWorker
) -> None:
    """The second with one peer id gets 4000 right after the upgrade and does not come back."""
    second = await start_worker(npm.address)
    assert "already a Peer" in (await npm.expect("unwelcome"))["reason"]
    assert (await second.side.expect(Disconnected)).server_initiated
    assert await second.exit_code() == ChildExit.DONE
    assert (await worker.side.status()).state == "connected"


async def test_pings_of_the_server(node_peers: Path, start_worker: StartWorker) -> None:
    """A server that drops peers which do not answer its pings keeps the bot."""
    async with NpmServer.run(node_peers, keepalive_ms=100) as npm:
        worker = await start_worker(npm.address)
        for _ in range(8):
            await npm.expect("request", method="clientPing")
        assert worker.side.seen(Disconnected) == []
        await worker.stop()


async def test_a_server_that_stops_reading(npm: NpmServer, start_worker: StartWorker) -> None:
    """A socket on which nothing moves any more is given up and replaced."""
    worker = await start_worker(npm.address, timings=replace(QUICK, request=0.3))
    await worker.side.expect(Connected)
    npm.do("silence")
    assert "no answer to a ping" in (await worker.side.expect(Disconnected)).reason


async def test_a_long_text_is_split(npm: NpmServer, worker: RunningWorker) -> None:
    """Long texts arrive as several messages of the size that people can read."""
    worker.side.send(SendMessage(text="word " * 2000))
    words: list[str] = []
    while len(words) < 2000:
        said = await npm.expect("notification", method="chatMessage")
        assert len(said["data"]["chat"]) <= 4096
        words += said["data"]["chat"].split()
    assert words == ["word"] * 2000


@pytest.mark.parametrize(
    "garbage",
    [
        "null",
        "{",
        "[]",
        '"text"',
        "[" * 10_000,
        '{"request":true,"id":"seven","method":"x"}',
        '{"request":true,"id":-1,"method":"x"}',
        '{"response":true,"id":1,"ok":true}',
        '{"notification":true,"method":7}',
        '{"notification":true,"method":"chatMessage","data":[]}',
        '{"notification":true,"method":"chatMessage","data":{"chat":{},"from":[]}}',
        '{"notification":true,"method":"chatMessage","data":{"chat":"?ping","from":"_"}}',
        '{"notification":true,"method":"typing","data":{"from":7}}',
        '{"notification":true,"method":"stateMessage","data":{"state":"{"}}',
        '{"notification":true,"method":"stateMessage","data":{"users":[1,null,{"id":{}}]}}',
        '{"notification":true,"method":"kicked\\u0000"}',
    ],
)
async def test_garbage(npm: NpmServer, worker: RunningWorker, garbage: str) -> None:
    """Whatever the server sends, the bot stays and answers the next sane message."""
    npm.do("raw", text=garbage)
    npm.do("binary", text=garbage)
    npm.do("notify", method="chatMessage", data=CHAT)
    answer = await npm.expect("notification", method="chatMessage")
    assert answer["data"]["chat"] == "pong"
    assert worker.side.seen(Disconnected) == []


async def test_half_a_character(npm: NpmServer, worker: RunningWorker) -> None:
    """Half a surrogate pair in a message neither breaks the bot nor its answer."""
    frame = '{"notification":true,"method":"chatMessage","data":{"chat":"?help x%s","from":"7_p"}}'
    npm.do("raw", text=frame % "\\ud83d")
    answer = await npm.expect("notification", method="chatMessage")
    assert answer["data"]["chat"].startswith("I do not know ?x?.")


# Large messages, on the transport itself: the bot would split them


class Room:
    """A transport in the npm server's room and what it delivers."""

    def __init__(self, transport: WatchPartyRoom, delivered: asyncio.Queue[Incoming]) -> None:
        self.transport = transport
        self.delivered = delivered


@pytest.fixture
async def room(npm: NpmServer) -> AsyncIterator[Room]:
    """Return a transport that has joined."""
    room = Room(WatchPartyRoom("lobby", npm.address, Timings()), asyncio.Queue())
    await room.transport.join(Joining(Credentials(peer_id=PEER)), room.delivered.put_nowait)
    yield room
    await room.transport.leave("the test is over")


@pytest.mark.parametrize("size", [64 * 1024 - 200, 64 * 1024, 65 * 1024 + 1, 900_000])
@pytest.mark.parametrize("letter", ["x", "€", "😀"])
async def test_large_messages_out(npm: NpmServer, room: Room, size: int, letter: str) -> None:
    """Beyond 64 KiB, which the server refuses in one frame, a message travels in several."""
    text = letter * (size // len(letter.encode()))
    await room.transport.say(text)
    said: dict[str, Any] = await npm.expect("notification", method="chatMessage")
    assert said["data"]["chat"] == text


@pytest.mark.parametrize("size", [16 * 1024, 64 * 1024, 900_000])
async def test_large_messages_in(npm: NpmServer, room: Room, size: int) -> None:
    """The server cuts its own large messages into frames; they arrive whole."""
    npm.do("notify", method="chatMessage", data={**CHAT, "chat": "x" * size})
    message = await room.delivered.get()
    assert isinstance(message, ChatMessage)
    assert message.text == "x" * size


async def test_a_message_beyond_every_limit(npm: NpmServer, room: Room) -> None:
    """More than 1 MiB in one message ends the connection, which is then replaced."""
    npm.do("raw", text="x" * 1_100_000)
    end = await room.transport.ended()
    assert end.kind is EndKind.LOST
    assert "1009" in end.reason
