"""What no request passes, and what every answer carries."""

from __future__ import annotations

import asyncio
import contextlib
import resource
import socket
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
import uvicorn

from meshvisor.console import connections
from meshvisor.console.server import Server
from tests.console_client import PASSWORD, Consoles, Visitor


async def test_requests_of_strangers(shared: Consoles) -> None:
    """Other names, other sites, long bodies and tricks with paths get a problem and no more."""
    visitor = await shared.visitor()
    await _names(visitor)
    await _origins(visitor)
    await _paths(visitor)
    await _bodies(visitor)


async def _names(visitor: Visitor) -> None:
    """A name that leads here without belonging to the console is DNS rebinding."""
    for host, status in (
        ("evil.example", 421),
        ("127.0.0.1.evil.example:80", 421),
        ("", 421),
        ("localhost:1", 200),
        ("127.0.0.1", 200),
        ("[::1]:8480", 200),
    ):
        response = await visitor.get("/healthz", headers={"Host": host})
        assert response.status_code == status, host


async def _origins(visitor: Visitor) -> None:
    """Pages of other sites change nothing, not even by a password that they know."""
    body = {"name": "ann", "password": PASSWORD}
    for origin in ("https://evil.example", "null", "http://127.0.0.1:1"):
        headers = {"Origin": origin}
        response = await visitor.post("/api/v1/session", json=body, headers=headers)
        assert response.status_code == 403, origin
    form = await visitor.post("/api/v1/session", data=body)
    assert form.status_code == 415


async def _paths(visitor: Visitor) -> None:
    """No path leads out of the folder of the pages."""
    for path in (
        "/../../etc/passwd",
        "/%2e%2e/%2e%2e/etc/passwd",
        "/assets/..%2f..%2f..%2fetc%2fpasswd",
        "//etc/passwd",
        "/assets/%00",
        "/" + "a" * 3000,
        "/api/nothing",
        "/api/v1/" + "%ff" * 50,
    ):
        response = await visitor.get(path)
        assert "root:" not in response.text, path
        assert response.status_code < 500 or "were not built" in response.text, path


async def _bodies(visitor: Visitor) -> None:
    """A long body is refused before it is read, with or without its length."""

    async def unsized() -> AsyncIterator[bytes]:
        for _ in range(20):
            yield b" " * 64 * 1024

    for content in (b" " * (1024 * 1024 + 1), unsized()):
        response = await visitor.post("/api/v1/session/link/check", content=content)
        assert response.status_code == 413
        assert "1024 KiB" in response.json()["detail"]
    with pytest.raises(httpx.TransportError):
        await visitor.post("/api/v1/session", content=b" " * 100_000_000)
    assert (await visitor.get("/healthz")).status_code == 200


async def test_every_answer_is_closed_to_others(shared: Consoles) -> None:
    """Headers tell browsers to run nothing but our files; nothing of the API is kept anywhere."""
    visitor = await shared.visitor()
    for path in ("/healthz", "/api/v1/session", "/", "/api/v1/operators", "/nothing.js"):
        headers = (await visitor.get(path)).headers
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-frame-options"] == "DENY"
        assert "server" not in headers
        if path.startswith("/api"):
            assert headers["cache-control"] == "no-store"


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
async def test_monitors_ask_by_head(shared: Consoles, path: str) -> None:
    """They get the answer of GET without its body."""
    response = await (await shared.visitor()).request("HEAD", path)
    assert (response.status_code, response.content) == (200, b"")


@pytest.mark.parametrize("method", ["PUT", "PATCH", "TRACE", "FOO"])
async def test_methods_that_there_are_not(shared: Consoles, method: str) -> None:
    """They are refused in words."""
    response = await (await shared.visitor()).request(method, "/healthz")
    assert response.status_code in (400, 405)
    if response.status_code == 405 and method != "TRACE":
        assert response.headers["allow"] == "GET, HEAD"


async def test_a_thousand_connections_keep_no_client_out(shared: Consoles) -> None:
    """Those that say nothing, and those that never end their request, make room for others."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    address = urlsplit(await shared.url())
    async with contextlib.AsyncExitStack() as open_ones:
        open_ones.callback(resource.setrlimit, resource.RLIMIT_NOFILE, (soft, hard))
        for number in range(1000):
            _, writer = await asyncio.open_connection(address.hostname, address.port)
            open_ones.callback(writer.close)
            if number % 2:
                writer.write(b"GET /healthz HTTP/1.1\r\nHost: x")
        visitor = await shared.visitor()
        for _ in range(3):
            assert (await visitor.get("/healthz")).status_code == 200


async def test_a_request_that_never_ends_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether nothing comes, half of its head, or half of its body; a whole one is answered."""
    whole = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nabcd"
    async with _served() as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(whole)
        # It may take as long as it likes to be answered.
        assert b"200 OK" in await reader.readuntil(b"timers: 0")
        writer.close()
        monkeypatch.setattr(connections, "SENT_WITHIN", 0.05)
        for text in (b"", whole[:20], whole[:-2]):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(text)
            async with asyncio.timeout(60):
                with contextlib.suppress(ConnectionResetError):
                    assert await reader.read() == b""
            writer.close()


@contextlib.asynccontextmanager
async def _served() -> AsyncIterator[int]:
    """Yield the port of a server that says for how many connections it waits for more."""

    async def app(_scope: Any, receive: Any, send: Any) -> None:
        while (message := await receive())["type"] == "http.request" and message["more_body"]:
            pass
        if message["type"] == "http.disconnect":
            return
        waiting = [one for one in server.server_state.connections if one._sending is not None]  # type: ignore[union-attr]
        body = b"timers: %d" % len(waiting)
        headers = [(b"content-length", b"%d" % len(body))]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    config = uvicorn.Config(app, http=connections.BoundedProtocol, lifespan="off", log_config=None)
    server = Server(config)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        serving = asyncio.create_task(server.serve([listener]))
        try:
            yield listener.getsockname()[1]
        finally:
            server.should_exit = True
            await serving
