"""WebSockets, against the server of the `websockets` library and against ruder ones."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
import subprocess
import tracemalloc
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import InvalidMessage, InvalidStatus
from websockets.http11 import Request, Response
from websockets.typing import Subprotocol
from websockets.utils import accept_key

from meshvisor.features.watch_party.worker import web_socket
from meshvisor.features.watch_party.worker.web_socket import FRAME_BYTES, Closed, WebSocket
from meshvisor.shared import addresses, proxies
from meshvisor.worker.mesh.transport import NotInMeshError
from tests.programs import OPENSSL, require

PATIENCE = 10.0


class Ear:
    """A WebSocket and what has come over it."""

    def __init__(self, address: str, close_timeout: float = 5.0) -> None:
        self.messages: asyncio.Queue[str | bytes] = asyncio.Queue()
        self.end: asyncio.Future[Closed] = asyncio.get_running_loop().create_future()
        self.socket = WebSocket(
            address, "protoo", close_timeout, self.messages.put_nowait, self.end.set_result
        )

    async def heard(self) -> str | bytes:
        """Return the next message."""
        async with asyncio.timeout(PATIENCE):
            return await self.messages.get()

    async def closed(self) -> Closed:
        """Return how it ended."""
        async with asyncio.timeout(PATIENCE):
            return await self.end


Handler = Callable[[ServerConnection], Awaitable[None]]


@contextlib.asynccontextmanager
async def server(handler: Handler, **options: Any) -> AsyncIterator[str]:
    """Run a server and return its address."""
    protocols = [Subprotocol("protoo")]
    async with serve(handler, "127.0.0.1", 0, subprotocols=protocols, **options) as running:
        yield f"{'wss' if 'ssl' in options else 'ws'}://127.0.0.1:{port_of(running)}/?a=b"


def port_of(running: Server | asyncio.Server) -> int:
    """Return the port that a server listens at."""
    port: int = next(iter(running.sockets)).getsockname()[1]
    return port


@contextlib.asynccontextmanager
async def connected(address: str, close_timeout: float = 5.0) -> AsyncIterator[Ear]:
    """Open a WebSocket for the length of the block."""
    ear = Ear(address, close_timeout)
    await ear.socket.open({"X-Test": "yes"}, PATIENCE)
    yield ear
    ear.socket.abort()
    await ear.closed()


async def echo(peer: ServerConnection) -> None:
    """Send everything back."""
    async for message in peer:
        await peer.send(message)


# Messages


@pytest.mark.parametrize("size", [0, 1, FRAME_BYTES, FRAME_BYTES + 1, 3 * FRAME_BYTES, 900_000])
async def test_messages_of_any_size_come_back(size: int) -> None:
    """Texts are cut into frames and put together again, wherever the cut falls."""
    text = "ä" * (size // 2) + "x" * (size % 2)
    async with server(echo) as address, connected(address) as ear:
        await ear.socket.send(text)
        assert await ear.heard() == text


async def test_fragments_and_pings_in_between() -> None:
    """A message that comes in pieces is handed on whole, and pings are answered meanwhile."""

    async def handler(peer: ServerConnection) -> None:
        async def pieces() -> AsyncIterator[str]:
            yield "one "
            await (await peer.ping())
            yield "two "
            yield "three"

        await peer.send(pieces())
        await peer.send(b"\x00\xff")
        await peer.wait_closed()

    async with server(handler) as address, connected(address) as ear:
        assert await ear.heard() == "one two three"
        assert await ear.heard() == b"\x00\xff"


async def test_headers_and_subprotocol() -> None:
    """What the caller asks for is sent, and what the server agreed to can be seen."""

    async def handler(peer: ServerConnection) -> None:
        assert peer.request is not None
        await peer.send(f"{peer.request.headers['X-Test']} {peer.request.path}")
        await peer.wait_closed()

    async with server(handler) as address, connected(address) as ear:
        assert await ear.heard() == "yes /?a=b"
        assert ear.socket.subprotocol == "protoo"


async def test_a_slow_reader_makes_senders_wait() -> None:
    """When the other side stops reading, `send` waits, and goes on when it reads again."""
    read = asyncio.Event()

    async def handler(peer: ServerConnection) -> None:
        await read.wait()
        async for _ in peer:
            pass

    async with server(handler, max_queue=1) as address, connected(address) as ear:
        while not ear.socket.congested:
            ear.socket.post("x" * 500_000)
        waiting = asyncio.create_task(ear.socket.send("and more"))
        await asyncio.sleep(0)
        assert not waiting.done()
        read.set()
        async with asyncio.timeout(PATIENCE):
            await waiting


async def test_a_sender_does_not_wait_for_the_dead() -> None:
    """Who waits for a reader that goes away is let go."""

    async def handler(peer: ServerConnection) -> None:
        await peer.wait_closed()

    async with (
        server(handler, max_queue=1, close_timeout=0.1) as address,
        connected(address) as ear,
    ):
        while not ear.socket.congested:
            ear.socket.post("x" * 500_000)
        waiting = asyncio.create_task(ear.socket.send("and more"))
        await asyncio.sleep(0)
        ear.socket.abort()
        async with asyncio.timeout(PATIENCE):
            await waiting
        with pytest.raises(NotInMeshError):
            await ear.socket.send("anyone?")


# Ends


@pytest.mark.parametrize("code", [1000, 1001, 1011, 4000, 4321])
async def test_the_server_closes(code: int) -> None:
    """Code and reason of the server are reported."""

    async def handler(peer: ServerConnection) -> None:
        await peer.close(code, "that is all")

    async with server(handler) as address:
        ear = Ear(address)
        await ear.socket.open({}, PATIENCE)
        assert await ear.closed() == Closed(code, "that is all")


async def test_this_side_closes() -> None:
    """A closing handshake is made, and nothing can be sent any more."""
    codes: asyncio.Queue[int | None] = asyncio.Queue()

    async def handler(peer: ServerConnection) -> None:
        await peer.wait_closed()
        codes.put_nowait(peer.close_code)

    async with server(handler) as address:
        ear = Ear(address)
        await ear.socket.open({}, PATIENCE)
        ear.socket.close("good-bye")
        ear.socket.close("again")
        with pytest.raises(NotInMeshError):
            ear.socket.post("one more thing")
        assert (await ear.closed()).code == 1000
        assert await codes.get() == 1000


async def test_no_code_is_a_code_too() -> None:
    """A close frame without a code is not taken for a broken connection."""

    async def handler(peer: ServerConnection) -> None:
        peer.protocol.send_close()
        peer.send_data()
        await peer.wait_closed()

    async with server(handler) as address:
        ear = Ear(address)
        await ear.socket.open({}, PATIENCE)
        assert (await ear.closed()).code == 1005


@contextlib.asynccontextmanager
async def rude_server(rudeness: Callable[[asyncio.StreamWriter], None]) -> AsyncIterator[str]:
    """Run a server that knows how to shake hands, does something rude, and then nothing."""
    writers: list[asyncio.StreamWriter] = []

    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.append(writer)
        request = (await reader.readuntil(b"\r\n\r\n")).decode()
        key = request.split("Sec-WebSocket-Key: ")[1].split("\r\n")[0]
        writer.write(
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Accept: {accept_key(key)}\r\n\r\n".encode()
        )
        rudeness(writer)

    listening = await asyncio.start_server(handler, "127.0.0.1", 0)
    try:
        yield f"ws://127.0.0.1:{port_of(listening)}/"
    finally:
        listening.close()
        for writer in writers:
            writer.transport.abort()
        await listening.wait_closed()


async def test_pings_whose_answers_are_not_read() -> None:
    """A server that pings without reading is given up before its pongs fill the memory."""
    pings = b"\x89\x7d" + bytes(125)

    def flood(writer: asyncio.StreamWriter) -> None:
        writer.transport.pause_reading()  # type: ignore[attr-defined]  # of a transport that reads
        for _ in range(200):
            writer.write(pings * 1000)

    async with rude_server(flood) as address:
        ear = Ear(address)
        await ear.socket.open({}, PATIENCE)
        assert "without reading the answers" in (await ear.closed()).complaint


async def test_fragments_without_end() -> None:
    """Any number of empty fragments takes no room: a server may go on for as long as it likes."""
    tracemalloc.start()
    held = asyncio.get_running_loop().create_future()

    async def handler(peer: ServerConnection) -> None:
        peer.protocol.send_text(b"a", fin=False)
        for _ in range(20):
            for _ in range(1000):
                peer.protocol.send_continuation(b"", fin=False)
            peer.send_data()
            await (await peer.ping())
        snapshot = tracemalloc.take_snapshot()
        ours = snapshot.filter_traces([tracemalloc.Filter(True, web_socket.__file__)])
        held.set_result(sum(trace.size for trace in ours.traces))
        peer.protocol.send_continuation(b"z", fin=True)
        peer.send_data()
        await peer.wait_closed()

    try:
        async with server(handler) as address, connected(address) as ear:
            assert await ear.heard() == "az"
            assert await held < 20_000
    finally:
        tracemalloc.stop()


async def test_a_server_that_does_not_say_good_bye() -> None:
    """A closing handshake that is not answered ends with its timeout."""
    async with rude_server(lambda writer: None) as address:
        ear = Ear(address, close_timeout=0.05)
        await ear.socket.open({}, PATIENCE)
        ear.socket.close("good-bye")
        assert (await ear.closed()).code == 1006


@pytest.mark.parametrize(
    ("data", "complaint"),
    [
        pytest.param(b"\x81\x02\xff\xfe", "1007", id="no UTF-8"),
        pytest.param(b"\x83\x00", "1002", id="reserved opcode"),
        pytest.param(b"\x81\x81\x00\x00\x00\x00x", "1002", id="masked"),
        pytest.param(b"\x80\x00", "1002", id="nothing to continue"),
        pytest.param(b"\x81\x7f\x00\x00\x00\x00\x7f\x00\x00\x00", "1009", id="too large"),
    ],
)
async def test_a_server_that_breaks_the_rules(data: bytes, complaint: str) -> None:
    """The connection is given up, and the complaint says why."""
    async with rude_server(lambda writer: writer.write(data)) as address:
        ear = Ear(address, close_timeout=0.05)
        await ear.socket.open({}, PATIENCE)
        closed = await ear.closed()
        assert closed.complaint.startswith(complaint)


@pytest.mark.parametrize("half", [b"", b"\x81", b"\x81\x05hel", b"\x01\x01h"])
async def test_a_connection_that_breaks(half: bytes) -> None:
    """An end without a close frame is reported as such, also in the middle of a message."""

    def cut(writer: asyncio.StreamWriter) -> None:
        writer.write(half)
        writer.write_eof()

    async with rude_server(cut) as address:
        ear = Ear(address)
        await ear.socket.open({}, PATIENCE)
        assert await ear.closed() == Closed(1006, "")
        assert ear.messages.empty()


async def test_frames_that_come_with_the_upgrade() -> None:
    """A server that talks in the same breath as it accepts is heard."""
    async with (
        rude_server(lambda writer: writer.write(b"\x81\x05early")) as address,
        connected(address) as ear,
    ):
        assert await ear.heard() == "early"


# Not getting in


async def test_an_address_that_swallows_packets(
    unanswered: tuple[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server's next address is tried when one does not answer, within the same deadline."""
    monkeypatch.setattr(addresses, "LEAST_SHARE", 0.1)
    dead, port = unanswered
    listening = socket.create_server(("127.0.0.1", port))
    async with serve(echo, sock=listening, subprotocols=[Subprotocol("protoo")]):
        found = [
            (socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", (place, port))
            for place in (dead, dead, "127.0.0.1")
        ]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
        ear = Ear(f"ws://two-addresses.test:{port}/")
        await ear.socket.open({}, timeout=1.0)
        await ear.socket.send("hello")
        assert await ear.heard() == "hello"
        ear.socket.abort()
        await ear.closed()


async def test_no_address_answers(unanswered: tuple[str, int]) -> None:
    """The deadline holds for all of them."""
    with pytest.raises(TimeoutError):
        await Ear("ws://{}:{}/".format(*unanswered)).socket.open({}, timeout=0.1)


async def test_a_refusal() -> None:
    """An HTTP error is raised with its status, and no end is reported for what never began."""

    def refuse(peer: ServerConnection, _request: Request) -> Response:
        return peer.respond(403, "members only\n")

    async with server(echo, process_request=refuse) as address:
        ear = Ear(address)
        with pytest.raises(InvalidStatus) as caught:
            await ear.socket.open({}, PATIENCE)
        assert caught.value.response.status_code == 403
        assert not ear.end.done()


async def test_a_server_that_hangs_up() -> None:
    """A connection that ends before any answer is no mesh server's."""

    async def handler(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()
        await writer.wait_closed()

    async with await asyncio.start_server(handler, "127.0.0.1", 0) as listening:
        ear = Ear(f"ws://127.0.0.1:{port_of(listening)}/")
        with pytest.raises((InvalidMessage, ConnectionError)):
            await ear.socket.open({}, PATIENCE)


# TLS


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a file with a key and a certificate for 127.0.0.1 that no authority has signed."""
    require(OPENSSL)
    folder = tmp_path_factory.mktemp("tls")
    key, signed = folder / "key.pem", folder / "certificate.pem"
    command = (
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 "
        f"-subj /CN=test -addext subjectAltName=IP:127.0.0.1 -keyout {key} -out {signed}"
    )
    subprocess.run(command.split(), check=True, capture_output=True)
    signed.write_text(signed.read_text() + key.read_text())
    return signed


@pytest.fixture
def secure(certificate: Path) -> ssl.SSLContext:
    """Return the server's side of TLS."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    web_socket._tls.cache_clear()
    return context


async def test_tls(
    secure: ssl.SSLContext, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server whose certificate is trusted is talked to, and left, as any other."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    async with server(echo, ssl=secure) as address:
        ear = Ear(address)
        await ear.socket.open({}, PATIENCE)
        await ear.socket.send("x" * 100_000)
        assert await ear.heard() == "x" * 100_000
        ear.socket.close("good-bye")
        assert (await ear.closed()).code == 1000
    web_socket._tls.cache_clear()


async def test_an_unknown_certificate_is_refused(secure: ssl.SSLContext) -> None:
    """Verification is always on."""
    async with server(echo, ssl=secure) as address:
        with pytest.raises(ssl.SSLCertVerificationError):
            await Ear(address).socket.open({}, PATIENCE)


# Proxies


@pytest.fixture
async def proxied(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[list[str]]:
    """Run an HTTP proxy that the environment names; return what it is asked for."""
    asked: list[str] = []
    pumps: list[asyncio.Task[None]] = []

    async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError):
            while data := await reader.read(65536):
                writer.write(data)
        writer.close()

    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        request = (await reader.readuntil(b"\r\n\r\n")).decode()
        asked.append(request.split("\r\n")[0])
        host, port = request.split()[1].rsplit(":", 1)
        to_server = await asyncio.open_connection(host, int(port))
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        pumps.append(asyncio.create_task(pump(reader, to_server[1])))
        pumps.append(asyncio.create_task(pump(to_server[0], writer)))

    listening = await asyncio.start_server(handler, "127.0.0.1", 0)
    for name in ("http_proxy", "https_proxy"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{port_of(listening)}")
    monkeypatch.setenv("no_proxy", "")
    yield asked
    for running in pumps:
        running.cancel()
    await asyncio.gather(*pumps, return_exceptions=True)
    listening.close()
    await listening.wait_closed()


async def test_a_proxy(proxied: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """A server elsewhere is reached through the proxy of the environment."""
    monkeypatch.setattr(proxies, "is_loopback", lambda _host: False)
    async with server(echo) as address, connected(address) as ear:
        await ear.socket.send("hello")
        assert await ear.heard() == "hello"
        (line,) = proxied
        assert line.startswith("CONNECT 127.0.0.1:")


async def test_a_proxy_and_tls(
    proxied: list[str],
    secure: ssl.SSLContext,
    certificate: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Through a proxy the server's certificate is verified as well."""
    monkeypatch.setattr(proxies, "is_loopback", lambda _host: False)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    async with server(echo, ssl=secure) as address, connected(address) as ear:
        await ear.socket.send("hello")
        assert await ear.heard() == "hello"
        assert len(proxied) == 1
    web_socket._tls.cache_clear()


async def test_no_proxy_for_this_machine(proxied: list[str]) -> None:
    """Servers on this machine are reached directly."""
    async with server(echo) as address, connected(address):
        assert proxied == []


async def test_other_kinds_of_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy that cannot be used is said, instead of passed by."""
    monkeypatch.setattr(proxies, "is_loopback", lambda _host: False)
    monkeypatch.setenv("http_proxy", "socks5://127.0.0.1:1080")
    monkeypatch.setenv("no_proxy", "")
    with pytest.raises(ValueError, match="socks"):
        await Ear("ws://127.0.0.1:1/").socket.open({}, PATIENCE)
