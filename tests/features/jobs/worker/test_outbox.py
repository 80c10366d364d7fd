"""The runner's side of the channel: what is said, by whom, and who waits for it."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import AsyncIterator

import pytest

from meshvisor.features.jobs.worker.outbox import CODEC, WRITE, Outbox
from meshvisor.shared.protocol.channel import ChannelClosedError
from tests.features.jobs.worker.lane_side import PATIENCE

BIG = b"x" * 100_000 + b"\n"


class Peer:
    """The other end of the socket."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self._loop = asyncio.get_running_loop()

    async def read(self, size: int) -> bytes:
        """Return so many bytes, when they have come."""
        data = b""
        async with asyncio.timeout(PATIENCE):
            while len(data) < size:
                piece = await self._loop.sock_recv(self._sock, size - len(data))
                assert piece, f"the stream ended after {len(data)} bytes"
                data += piece
        return data

    def close(self) -> None:
        """Be gone."""
        self._sock.close()


class Words:
    """Implements `outbox.Source`."""

    def __init__(self, *words: bytes) -> None:
        self.words = list(words)

    def take_frames(self) -> bytes:
        """Return all that there are."""
        frames, self.words = b"".join(self.words), []
        return frames


@pytest.fixture
async def ends() -> AsyncIterator[tuple[Outbox, Peer]]:
    """Return an outbox and its peer."""
    here, there = socket.socketpair()
    there.setblocking(False)
    outbox = await Outbox.open(here, CODEC, lambda message: None, lambda broken: None)
    assert isinstance(outbox, Outbox)
    yield outbox, Peer(there)
    outbox.close()
    there.close()


async def turn() -> None:
    """Let the loop do all that is ready."""
    for _ in range(3):
        await asyncio.sleep(0)


async def test_frames_and_sources_in_one_turn(ends: tuple[Outbox, Peer]) -> None:
    """Nothing is written before the turn ends; then all of it, each once."""
    outbox, peer = ends
    outbox.put(b"1\n")
    outbox.note(Words(b"3\n", b"4\n"))
    outbox.note(Words())
    outbox.put(b"2\n")
    assert outbox.busy
    await outbox.drained()
    assert outbox.bytes_waiting == 0
    assert await peer.read(8) == b"1\n2\n3\n4\n"
    outbox.put(b"5\n")
    assert await peer.read(2) == b"5\n"


async def test_a_source_of_another_thread(ends: tuple[Outbox, Peer]) -> None:
    """It wakes a loop that has nothing to do."""
    outbox, peer = ends
    asyncio.get_running_loop().set_debug(True)  # refuses what would not wake it
    reading = asyncio.create_task(peer.read(2))
    await turn()
    thread = threading.Thread(target=lambda: outbox.note(Words(b"1\n")))
    thread.start()
    assert await reading == b"1\n"
    thread.join()


async def test_a_peer_that_does_not_read(ends: tuple[Outbox, Peer]) -> None:
    """What the system does not take is kept here, waiting tasks wait, and nothing is lost."""
    outbox, peer = ends
    count = 50
    for _ in range(count):
        outbox.put(BIG)
    waiting = asyncio.create_task(outbox.drained())
    await turn()
    assert outbox.busy
    assert outbox.bytes_waiting >= count * len(BIG) - 2 * WRITE
    assert outbox._transport is not None
    assert outbox._transport.get_write_buffer_size() < WRITE + len(BIG)
    assert not waiting.done()
    assert await peer.read(count * len(BIG)) == BIG * count
    async with asyncio.timeout(PATIENCE):
        await waiting
    assert (outbox.busy, outbox.bytes_waiting) == (False, 0)


async def test_the_first_byte_that_the_system_does_not_take(ends: tuple[Outbox, Peer]) -> None:
    """Drained means that the system has all of it, and not that not much is left."""
    outbox, _peer = ends
    assert outbox._transport is not None
    while not outbox._transport.get_write_buffer_size():
        outbox.put(b"x" * 999 + b"\n")
        await turn()
    assert outbox.busy


async def test_one_of_those_who_wait_is_cancelled(ends: tuple[Outbox, Peer]) -> None:
    """The others still learn that everything was taken."""
    outbox, peer = ends
    outbox.put(BIG * 30)
    first, second = (asyncio.create_task(outbox.drained()) for _ in range(2))
    await turn()
    first.cancel()
    await turn()
    assert first.cancelled()
    assert not second.done()
    await peer.read(len(BIG) * 30)
    async with asyncio.timeout(PATIENCE):
        await second


async def test_a_peer_that_goes_away(ends: tuple[Outbox, Peer]) -> None:
    """Waiting tasks get an error, what was kept is dropped, and nothing is said any more."""
    outbox, peer = ends
    for _ in range(50):
        outbox.put(BIG)
    waiting = asyncio.create_task(outbox.drained())
    await turn()
    peer.close()
    with pytest.raises(ChannelClosedError):
        async with asyncio.timeout(PATIENCE):
            await waiting
    outbox.put(b"1\n")
    await turn()
    assert (outbox.busy, outbox.bytes_waiting) == (False, 0)
    with pytest.raises(ChannelClosedError):
        outbox.send_frame(b"1\n")
