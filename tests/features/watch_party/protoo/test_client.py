from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from websockets.asyncio.server import ServerConnection, serve
from websockets.typing import Subprotocol

from meshvisor.features.watch_party.protoo.client import (
    Client,
    LeftError,
    RefusedError,
    UnreachableError,
    connect,
    proxy_for,
    room_address,
)
from meshvisor.features.watch_party.protoo.messages import (
    Notification,
    Request,
    Success,
    decode,
    encode,
)


class Server:
    """A WebSocket server that does what a test tells it."""

    def __init__(self) -> None:
        self.connected: asyncio.Queue[ServerConnection] = asyncio.Queue()
        self.address = ""

    async def handle(self, socket: ServerConnection) -> None:
        """Hand the connection to the test, and keep it until it is closed."""
        self.connected.put_nowait(socket)
        await socket.wait_closed()


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    """Return a running server."""
    running = Server()
    async with serve(
        running.handle, "127.0.0.1", 0, subprotocols=[Subprotocol("protoo")], max_size=2**22
    ) as listening:
        (socket,) = listening.sockets
        running.address = f"ws://127.0.0.1:{socket.getsockname()[1]}"
        yield running


async def left(client: Client) -> LeftError:
    """Return how a connection ends."""
    with pytest.raises(LeftError) as caught:
        await client.receive()
    return caught.value


async def test_how_it_connects(server: Server) -> None:
    """The address, subprotocol and headers are what servers expect."""
    async with connect(server.address, "the room", "5_a", token="secret"):
        request = (await server.connected.get()).request

    assert request is not None
    assert request.path == "/?roomId=the+room&peerId=5_a"
    assert request.headers["Sec-WebSocket-Protocol"] == "protoo"
    assert request.headers["Authorization"] == "Bearer secret"
    assert request.headers["API-Version"] == "4"
    assert "Sec-WebSocket-Extensions" not in request.headers


async def test_both_ways(server: Server) -> None:
    """Requests are answered, and what the server wants is received in order."""
    async with connect(server.address, "lobby", "5_a") as client:
        socket = await server.connected.get()
        asking = asyncio.create_task(client.peer.request("how"))
        request = decode(await socket.recv())
        assert isinstance(request, Request)
        await socket.send(encode(Notification("first")))
        await socket.send(b"binary frames are dropped")
        await socket.send(encode(Success(request.id, {"so": "so"})))
        await socket.send(encode(Notification("second")))

        assert await asking == {"so": "so"}
        assert await client.receive() == Notification("first")
        assert await client.receive() == Notification("second")


async def test_long_messages_are_sent_in_parts(server: Server) -> None:
    """No frame is longer than servers take, whatever the characters."""
    async with connect(server.address, "lobby", "5_a") as client:
        socket = await server.connected.get()
        await client.peer.notify("x", {"text": "😀" * 30_000})
        parts = [part async for part in socket.recv_streaming()]

    assert len(parts) > 1
    assert max(len(part.encode()) for part in parts if isinstance(part, str)) <= 32 * 1024
    message = decode("".join(part for part in parts if isinstance(part, str)))
    assert message == Notification("x", {"text": "😀" * 30_000})


@pytest.mark.parametrize(("code", "for_good"), [(4000, True), (1000, False), (1011, False)])
async def test_closed_by_the_server(server: Server, code: int, for_good: bool) -> None:
    """Everything before the end is received; 4000 is for good; asking again says the same."""
    async with connect(server.address, "lobby", "5_a") as client:
        socket = await server.connected.get()
        await socket.send(encode(Notification("last words")))
        await socket.close(code, "because")
        assert await client.receive() == Notification("last words")
        end = await left(client)
        again = await left(client)

    assert end.for_good is for_good
    assert str(end) == str(again) == f"closed with {code}: because"


async def test_cut_off(server: Server) -> None:
    """A connection that is cut ends what waits, on either side's account."""
    async with connect(server.address, "lobby", "5_a") as client:
        socket = await server.connected.get()
        asking = asyncio.create_task(client.peer.request("how"))
        await socket.recv()
        socket.transport.abort()
        with pytest.raises(ConnectionError):
            await asking
        assert str(await left(client)) == "cut off"
        with pytest.raises(LeftError, match="cut off"):
            await client._send("too late")

    async with connect(server.address, "lobby", "5_a") as client:
        client.abort()
        client.abort()
        assert not (await left(client)).for_good


async def test_no_server_there() -> None:
    """An address without a server is unreachable, in the words of the system."""
    with pytest.raises(UnreachableError, match=r"^connection refused$"):
        await connect("ws://127.0.0.1:1", "lobby", "5_a").__aenter__()


@asynccontextmanager
async def speaking(words: bytes) -> AsyncIterator[str]:
    """Run a server that says the same to everyone, or nothing; yield its address."""
    visits: list[asyncio.Task[None]] = []

    async def visit(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(words)
        if not words:
            await reader.read()
        writer.close()
        await writer.wait_closed()

    def begin(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        visits.append(asyncio.create_task(visit(reader, writer)))

    async with await asyncio.start_server(begin, "127.0.0.1", 0) as listening:
        yield f"ws://127.0.0.1:{listening.sockets[0].getsockname()[1]}"
        await asyncio.gather(*visits)


async def test_no_web_socket() -> None:
    """A server that speaks something else is unreachable, too."""
    async with speaking(b"220 mail.example\r\n") as address:
        with pytest.raises(UnreachableError):
            await connect(address, "lobby", "5_a").__aenter__()


async def test_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that takes the connection and never answers is given up."""
    monkeypatch.setattr("meshvisor.features.watch_party.protoo.client.OPEN_TIMEOUT", 0.05)

    async with speaking(b"") as address:
        with pytest.raises(UnreachableError, match="no answer"):
            await connect(address, "lobby", "5_a").__aenter__()


async def test_refused() -> None:
    """A refusal carries the status and the server's reason."""
    answer = (
        b"HTTP/1.1 403 Forbidden\r\nConnection: close\r\nX-WebSocket-Reject-Reason: not you\r\n\r\n"
    )
    async with speaking(answer) as address:
        with pytest.raises(RefusedError, match="refused with 403: not you") as caught:
            await connect(address, "lobby", "5_a").__aenter__()

    assert (caught.value.status, caught.value.reason) == (403, "not you")


@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]", "localhost"])
def test_loopback(host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Servers on this machine need no proxy, all others do."""
    monkeypatch.setenv("http_proxy", "http://proxy.example:3128")
    monkeypatch.setenv("no_proxy", "")
    assert proxy_for(f"ws://{host}:1") is None
    assert proxy_for("ws://mesh.example") == "http://proxy.example:3128"


def test_address() -> None:
    """Room and peer are quoted, and a path before the query is kept."""
    assert room_address("wss://h.example/ws/", "a&b", "ü") == (
        "wss://h.example/ws/?roomId=a%26b&peerId=%C3%BC"
    )
