from __future__ import annotations

import asyncio
import socket
import subprocess
import sys
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from http.client import HTTPException, IncompleteRead
from ssl import SSLContext, create_default_context

import pytest

from meshvisor.shared import addresses
from meshvisor.supervisor.platform.http_client import HttpClient, HttpResponse, Question, in_thread
from meshvisor.supervisor.platform.route import Route
from tests.supervisor.platform.platform import CERTIFICATE, raw_server, server_side_tls

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"
REQUEST = "platform request"


def question(most: int = 100) -> Question:
    """Return a question."""
    return Question("/x", {"X-Token": "s3cret"}, most)


@asynccontextmanager
async def asking(
    url: str, tls: SSLContext | None = None, timeout: float = 10.0
) -> AsyncIterator[HttpClient]:
    """Ask a server for the length of a test."""
    client = HttpClient(Route.to(url), tls, timeout)
    try:
        yield client
    finally:
        client.close()


async def no_thread_is_left() -> None:
    """Wait until all requests are over, given up ones too."""
    while any(thread.name == REQUEST for thread in threading.enumerate()):
        await asyncio.sleep(0.001)


class Server:
    """Answers below HTTP, and remembers what it was sent.

    Args:
        *answers: to the requests on each connection in turn; then it hangs up.
        holds: it does not hang up, but waits for the other side to do so.
    """

    def __init__(self, *answers: bytes, holds: bool = False) -> None:
        self._answers = answers
        self._holds = holds
        self.connections = 0
        self.heads: list[bytes] = []
        self.asked = asyncio.Event()
        self.left = asyncio.Event()

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection."""
        self.connections += 1
        with suppress(asyncio.IncompleteReadError):
            for answer in self._answers:
                self.heads.append(await reader.readuntil(b"\r\n\r\n"))
                self.asked.set()
                writer.write(answer)
                await writer.drain()
            if self._holds:
                self.asked.set()
                await reader.read()
        self.left.set()


# ---- Connections ---------------------------------------------------------------------------------


async def test_an_answer() -> None:
    """Status, body and where it points to come back."""
    server = Server(OK, b"HTTP/1.1 302 Found\r\nLocation: /y\r\nContent-Length: 2\r\n\r\n{}")
    async with raw_server(server.talk) as url, asking(url) as client:
        assert await client.ask(question()) == HttpResponse(200, None, b"{}")
        assert await client.ask(question()) == HttpResponse(302, "/y", b"")
    assert server.heads[0].startswith(b"GET /x HTTP/1.1\r\n")
    assert b"X-Token: s3cret\r\n" in server.heads[0]


async def test_a_connection_is_kept() -> None:
    """A list of many pages costs one connection, which ends with it."""
    server = Server(*[OK] * 5, holds=True)
    async with raw_server(server.talk) as url, asking(url) as client:
        for _ in range(5):
            await client.ask(question())
        assert server.connections == 1
        assert not server.left.is_set()
        client.close()
        await server.left.wait()


async def test_a_kept_connection_that_the_server_has_closed() -> None:
    """A server may hang up after an answer; the caller does not notice."""
    server = Server(OK)
    async with raw_server(server.talk) as url, asking(url) as client:
        for _ in range(3):
            assert (await client.ask(question())).body == b"{}"
    assert server.connections == 3


async def test_a_server_that_hangs_up_at_once() -> None:
    """Only a connection that has been good before is tried again."""
    server = Server(b"")
    async with raw_server(server.talk) as url, asking(url) as client:
        with pytest.raises(ConnectionError):
            await client.ask(question())
    assert server.connections == 1


async def test_a_post() -> None:
    """What is posted is sent with its length, and the answer comes back."""
    server = Server(b"HTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\n{}")
    async with raw_server(server.talk) as url, asking(url) as client:
        answer = await client.ask(Question("/x", {}, 100, posted=b"[7]"))
    assert answer == HttpResponse(201, None, b"{}")
    [head] = server.heads
    assert head.startswith(b"POST /x HTTP/1.1\r\n")
    assert b"\r\nContent-Length: 3\r\n" in head


async def test_a_post_is_sent_once() -> None:
    """It does not go over a kept connection, after whose loss it would have to be repeated."""
    server = Server(OK, holds=True)
    async with raw_server(server.talk) as url, asking(url) as client:
        await client.ask(question())
        await client.ask(Question("/x", {}, 100, posted=b"{}"))
    assert server.connections == 2


async def test_why_not() -> None:
    """Of a refusal as much is read as is asked for, also when it breaks off."""
    refusal = b"HTTP/1.1 429 Slow\r\nRetry-After: 7\r\nContent-Length: 9\r\n\r\nslow"
    server = Server(refusal)
    async with raw_server(server.talk) as url, asking(url) as client:
        assert await client.ask(question()) == HttpResponse(429, None, b"", "7")
        asked = Question("/x", {}, 100, most_of_refusal=3)
        assert await client.ask(asked) == HttpResponse(429, None, b"slo", "7")
        asked = Question("/x", {}, 100, most_of_refusal=100)
        assert await client.ask(asked) == HttpResponse(429, None, b"slow", "7")


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n12345",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n12345\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999999\r\n\r\n12345",
        b"HTTP/1.1 200 OK\r\n\r\n12345",
    ],
    ids=range(4),
)
async def test_no_more_is_read_than_wanted(answer: bytes) -> None:
    """What is left of an answer is not taken for the beginning of the next one."""
    server = Server(answer)
    async with raw_server(server.talk) as url, asking(url) as client:
        assert (await client.ask(question(most=3))).body == b"123"
        assert (await client.ask(question(most=3))).body == b"123"
    assert server.connections == 2


@pytest.mark.parametrize("length", [b"Content-Length: 10", b"Transfer-Encoding: chunked"])
async def test_half_an_answer(length: bytes) -> None:
    """An answer that breaks off is none."""
    server = Server(b"HTTP/1.1 200 OK\r\n" + length + b"\r\n\r\n2\r\n{}\r\n")
    async with raw_server(server.talk) as url, asking(url) as client:
        with pytest.raises(IncompleteRead):
            await client.ask(question())


async def test_endless_headers() -> None:
    """Headers have a limit as well."""
    server = Server(b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 1000 + b"\r\n{}")
    async with raw_server(server.talk) as url, asking(url) as client:
        with pytest.raises(HTTPException):
            await client.ask(question())


# ---- Hanging up ----------------------------------------------------------------------------------


@pytest.mark.parametrize("answers", [(), (b"HTTP/1.1 200 OK\r\n\r\n{",)], ids=range(2))
async def test_a_cancelled_caller_hangs_up(answers: tuple[bytes, ...]) -> None:
    """The server sees it at once, and no thread goes on waiting."""
    server = Server(*answers, holds=True)
    async with raw_server(server.talk) as url, asking(url) as client:
        request = asyncio.create_task(client.ask(question()))
        await server.asked.wait()
        request.cancel()
        with pytest.raises(asyncio.CancelledError):
            await request
        await server.left.wait()
        await no_thread_is_left()
    assert server.connections == 1


async def test_a_kept_connection_is_cut_like_a_new_one() -> None:
    """It is not taken for one that the server has closed, and replaced."""
    server = Server(OK, holds=True)
    async with raw_server(server.talk) as url, asking(url) as client:
        await client.ask(question())
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await client.ask(question())
        await server.left.wait()
        await no_thread_is_left()
    assert server.connections == 1


async def test_a_handshake_that_never_ends() -> None:
    """Also a server that only pretends to speak TLS is left when no caller waits any more."""
    server = Server(holds=True)
    async with raw_server(server.talk) as url:
        tls = create_default_context()
        async with asking(url.replace("http", "https"), tls) as client:
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.05):
                    await client.ask(question())
        await server.left.wait()
        await no_thread_is_left()


async def test_a_name_server_that_does_not_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    """What cannot be interrupted is not waited for, and nothing is sent when it ends after all."""
    server = Server(OK)
    answers = threading.Event()
    real = socket.getaddrinfo

    def slow(*args: object, **kwargs: object) -> object:
        answers.wait()
        return real(*args, **kwargs)  # type: ignore[arg-type]

    async with raw_server(server.talk) as url, asking(url) as client:
        monkeypatch.setattr(socket, "getaddrinfo", slow)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await client.ask(question())
        answers.set()
        await no_thread_is_left()
    assert server.heads == []


async def test_a_step_that_takes_too_long() -> None:
    """Even a thread that was not asked to stop ends some time."""
    server = Server(holds=True)
    async with raw_server(server.talk) as url, asking(url, timeout=0.05) as client:
        with pytest.raises(TimeoutError):
            await client.ask(question())
        await no_thread_is_left()


def test_the_end_does_not_wait() -> None:
    """A process whose name server does not answer ends as soon as it wants to."""
    program = """
import asyncio, socket, threading
from meshvisor.supervisor.platform.json_api import JsonApi

socket.getaddrinfo = lambda *args: threading.Event().wait()

async def main():
    api = JsonApi("the platform", "http://a.example", None)
    async with api.connected() as client:
        request = asyncio.create_task(api.get(client, "/"))
        await asyncio.sleep(0)
        request.cancel()
        await asyncio.wait([request])

asyncio.run(main())
"""
    subprocess.run([sys.executable, "-W", "error", "-c", program], check=True, timeout=40)


# ---- Through a proxy -----------------------------------------------------------------------------


async def test_a_proxy_passes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without TLS a proxy gets the whole address and the credentials."""
    server = Server(OK)
    async with raw_server(server.talk) as url:
        monkeypatch.setenv("http_proxy", url.replace("//", "//me:s3cret@"))
        async with asking("http://a.example") as client:
            target = client.route.target("/x")
            await client.ask(Question(target, {}, 100))
    [head] = server.heads
    assert head.startswith(b"GET http://a.example/x HTTP/1.1\r\n")
    assert b"\r\nHost: a.example\r\n" in head
    assert b"Proxy-Authorization: Basic " in head


async def test_a_tunnel_through_a_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """With TLS a proxy learns the name of the host and nothing else."""
    heads: list[bytes] = []

    async def proxy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heads.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(b"HTTP/1.1 200 Go on\r\n\r\n")
        await writer.start_tls(server_side_tls())
        heads.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(OK)
        await reader.read()

    async with raw_server(proxy) as url:
        monkeypatch.setenv("https_proxy", url.replace("//", "//me:s3cret@"))
        tls = create_default_context(cafile=str(CERTIFICATE))
        async with asking("https://a.example", tls) as client:
            assert (await client.ask(question())).body == b"{}"
    seen, hidden = heads
    assert seen.startswith(b"CONNECT a.example:443 ")
    assert b"Proxy-Authorization: Basic " in seen
    assert b"s3cret" not in seen
    assert b"\r\nHost: a.example\r\n" in hidden
    assert b"X-Token: s3cret" in hidden
    assert b"Proxy-Authorization" not in hidden


# ---- Threads -------------------------------------------------------------------------------------


async def test_a_thread_gives_back_what_it_finds() -> None:
    """A result or an error, as if the work had been done here."""
    assert await in_thread(lambda: threading.current_thread().name, "worker") == "worker"
    with pytest.raises(ZeroDivisionError):
        await in_thread(lambda: 1 / 0, "worker")


async def test_no_more_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that is full is an error like others, and not the end of discovery."""

    def refuse(thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refuse)

    with pytest.raises(OSError, match="no thread"):
        await in_thread(lambda: 1, "worker")


async def test_an_address_that_swallows_packets(
    unanswered: tuple[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The next address of a name is tried when one does not answer, within the same time."""
    monkeypatch.setattr(addresses, "LEAST_SHARE", 0.1)
    dead, port = unanswered
    with socket.create_server(("127.0.0.1", port)) as listening:
        found = [
            (socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", (place, port))
            for place in (dead, "127.0.0.1")
        ]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
        over = asyncio.Event()

        async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(OK)
            writer.close()
            await writer.wait_closed()
            over.set()

        async with await asyncio.start_server(answer, sock=listening):
            async with asking(f"http://two-addresses.test:{port}", timeout=1.0) as client:
                assert (await client.ask(question())).body == b"{}"
            await over.wait()
