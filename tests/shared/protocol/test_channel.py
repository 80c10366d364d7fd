"""The asyncio shell: requests, deadlines, ends, floods; over real socketpairs."""

from __future__ import annotations

import asyncio
import contextlib
import random
import socket
from collections.abc import AsyncIterator

import pytest

from meshvisor.shared.protocol import channel as channel_module
from meshvisor.shared.protocol.channel import (
    Broken,
    Channel,
    ChannelClosedError,
    ReadBudget,
    RequestTimeoutError,
)
from meshvisor.shared.protocol.codec import Codec, UnknownMessage
from meshvisor.shared.protocol.directions import Direction
from meshvisor.shared.protocol.from_worker import FROM_WORKER, StatusResponse
from meshvisor.shared.protocol.messages import Error, Message
from meshvisor.shared.protocol.to_worker import TO_WORKER, SendMessage, StatusRequest


class Side:
    """One end with everything that came out of it."""

    def __init__(self) -> None:
        self.messages: asyncio.Queue[Message] = asyncio.Queue()
        self.unknown: list[UnknownMessage] = []
        self.ended: asyncio.Future[Broken | None] = asyncio.get_running_loop().create_future()
        self.channel: Channel

    @classmethod
    async def on(cls, sock: socket.socket, direction: Direction) -> Side:
        """Open a channel on a socket."""
        side = cls()
        side.channel = await Channel.open(
            sock,
            Codec(direction),
            side.messages.put_nowait,
            side.ended.set_result,
            side.unknown.append,
        )
        return side


@pytest.fixture
async def raw() -> AsyncIterator[tuple[Side, socket.socket]]:
    """Return a supervisor's end, and the bare socket of its worker."""
    ours, theirs = socket.socketpair()
    theirs.setblocking(False)
    side = await Side.on(ours, FROM_WORKER)
    yield side, theirs
    side.channel.close()
    theirs.close()
    await side.ended


@contextlib.asynccontextmanager
async def pair() -> AsyncIterator[tuple[Side, Side]]:
    """Give a supervisor's end and a worker's end."""
    ours, theirs = socket.socketpair()
    sides = await Side.on(ours, FROM_WORKER), await Side.on(theirs, TO_WORKER)
    yield sides
    for side in sides:
        side.channel.close()
    for side in sides:
        await side.ended


def answer(request: Message) -> StatusResponse:
    """Return an answer to a status request."""
    return StatusResponse(
        reply_to=request.id,
        state="ready",
        uptime_seconds=1,
        event_loop_lag_ms=0,
        memory_bytes=1,
    )


async def test_request_is_matched_with_its_answer() -> None:
    """Answers may come in any order."""
    async with pair() as (supervisor, worker):
        requests = [StatusRequest() for _ in range(3)]
        asked = [asyncio.create_task(supervisor.channel.request(r, 10)) for r in requests]
        received = [await worker.messages.get() for _ in requests]
        for request in reversed(received):
            worker.channel.send(answer(request))
        answers = await asyncio.gather(*asked)
        assert [a.reply_to for a in answers] == [r.id for r in requests]


async def test_request_without_an_answer_ends_at_its_deadline() -> None:
    """The channel stays usable, and the late answer is an ordinary message."""
    async with pair() as (supervisor, worker):
        with pytest.raises(RequestTimeoutError):
            await supervisor.channel.request(StatusRequest(), 0)
        late = answer(await worker.messages.get())
        worker.channel.send(late)
        assert await supervisor.messages.get() == late


async def test_request_fails_when_the_other_side_dies(raw: tuple[Side, socket.socket]) -> None:
    """Asking a worker that has just died is an ordinary failure (a Node parent died of it)."""
    side, worker = raw
    asked = asyncio.create_task(side.channel.request(StatusRequest(), 10))
    await asyncio.get_running_loop().sock_recv(worker, 4096)
    worker.close()
    with pytest.raises(ChannelClosedError):
        await asked
    with pytest.raises(ChannelClosedError):
        side.channel.send(StatusRequest())
    with pytest.raises(ChannelClosedError):
        await side.channel.ask(StatusRequest())


async def test_unknown_types_keep_the_connection(raw: tuple[Side, socket.socket]) -> None:
    """A newer worker is understood as far as possible."""
    side, worker = raw
    worker.send(b'{"type":"dance","id":3,"ts":0}\n' + Codec.encode(Error(error="still here")))
    message = await side.messages.get()
    assert isinstance(message, Error)
    assert side.unknown == [UnknownMessage("dance", 3)]


@pytest.mark.parametrize(
    "garbage",
    [b"hello\n", b'{"type":"error"}\n', b"\x00\xff\n", b'{"token":"secret-1"}\n', b"{}\n"],
)
async def test_garbage_ends_the_channel_with_its_head(
    raw: tuple[Side, socket.socket], garbage: bytes
) -> None:
    """Its sender is broken; what was sent is reported without secrets."""
    side, worker = raw
    worker.send(garbage)
    broken = await asyncio.shield(side.ended)
    assert broken is not None
    assert broken.head
    assert "secret-1" not in broken.head


async def test_a_frame_without_end_ends_the_channel(raw: tuple[Side, socket.socket]) -> None:
    """A worker cannot grow the supervisor with a frame that never ends."""
    side, worker = raw
    loop = asyncio.get_running_loop()
    with contextlib.suppress(ConnectionError):
        while not side.ended.done():
            await loop.sock_sendall(worker, b"x" * 65536)
    broken = await asyncio.shield(side.ended)
    assert broken is not None
    assert "longer than" in broken.reason


async def test_a_half_written_frame_is_reported_at_the_end(raw: tuple[Side, socket.socket]) -> None:
    """A worker that died in the middle of a message is known to have done so."""
    side, worker = raw
    worker.send(b'{"type":"rea')
    worker.close()
    broken = await asyncio.shield(side.ended)
    assert broken == Broken("the stream ended within a frame")


async def test_a_peer_that_does_not_read_is_given_up(raw: tuple[Side, socket.socket]) -> None:
    """What waits for it is bounded."""
    side, _ = raw
    big = SendMessage(text="x" * 500_000)
    with pytest.raises(ChannelClosedError):
        for _ in range(100):
            side.channel.send(big)
    broken = await asyncio.shield(side.ended)
    assert broken == Broken("the peer has stopped reading")


async def test_a_flood_from_one_peer_is_paused(
    raw: tuple[Side, socket.socket], monkeypatch: pytest.MonkeyPatch
) -> None:
    """After its budget a peer is not read any more until the window ends; nothing is lost."""
    monkeypatch.setattr(channel_module, "BUDGET_WINDOW", 3600.0)
    side, worker = raw
    chunk = Codec.encode(Error(error="flood")) * 500
    sent = 0
    with pytest.raises(BlockingIOError):
        while True:
            sent += worker.send(chunk)
            await asyncio.sleep(0)
    assert sent < 2 * ReadBudget().bytes + 1024 * 1024
    assert not side.ended.done()


async def test_a_flood_of_small_messages_is_paused(
    raw: tuple[Side, socket.socket], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Many messages are work even when they are few bytes; those of one read are all taken."""
    monkeypatch.setattr(channel_module, "BUDGET_WINDOW", 3600.0)
    side, worker = raw
    side.channel.budget = ReadBudget(messages=100)
    with pytest.raises(BlockingIOError):
        while True:
            worker.send(Codec.encode(Error(error="flood")) * 60)
            await asyncio.sleep(0)
    in_one_read = 256 * 1024 // len(Codec.encode(Error(error="flood")))
    assert 100 < side.messages.qsize() <= 100 + in_one_read
    assert not side.ended.done()


@pytest.mark.parametrize("seed", range(20))
async def test_random_traffic_in_random_pieces(
    raw: tuple[Side, socket.socket], seed: int, chance: random.Random
) -> None:
    """Honest messages between and after each other arrive whole, until the first garbage."""
    side, worker = raw
    honest = [Error(error=f"e{n}" + "x" * chance.randrange(3000)) for n in range(50)]
    stream = b"".join(Codec.encode(message) for message in honest) + b"garbage\n"
    loop = asyncio.get_running_loop()
    while stream:
        size = chance.choice([1, 7, 500, 20_000])
        await loop.sock_sendall(worker, stream[:size])
        stream = stream[size:]
    assert [await side.messages.get() for _ in honest] == honest
    assert await asyncio.shield(side.ended) is not None
