"""A mesh platform that answers what a test says, over real HTTP."""

from __future__ import annotations

import asyncio
import json
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from aiohttp import web

CERTIFICATE: Final = Path(__file__).with_name("server.pem")
"""For `localhost` and `a.example`; trusted only where SSL_CERT_FILE names it."""


def server_side_tls() -> ssl.SSLContext:
    """Return how a server uses `CERTIFICATE`."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATE)
    return context


@dataclass(frozen=True)
class Status:
    """An answer that is not 200."""

    code: int
    location: str | None = None
    retry_after: str | None = None
    content: object = None
    """Sent as JSON unless it is None."""


Answer = Status | bytes | object
"""A status, the bytes of a body, or what is sent as JSON."""


class Platform:
    """Answers every request by `answer`, and remembers all of them."""

    def __init__(self) -> None:
        self.requests: list[web.Request] = []
        self.bodies: list[bytes] = []
        """What came with each of them."""
        self.answer: Callable[[web.Request], Answer] = lambda request: {"data": []}
        self.url = ""
        self.held = asyncio.Event()
        """While it is clear, nothing is answered."""
        self.held.set()
        self.most_at_once = 0
        self._under_way = 0

    @property
    def paths(self) -> list[str]:
        """The paths that were asked for, oldest first."""
        return [request.path for request in self.requests]

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Answer one request."""
        self.requests.append(request)
        self.bodies.append(await request.read())
        self._under_way += 1
        self.most_at_once = max(self.most_at_once, self._under_way)
        try:
            await asyncio.sleep(0)  # lets requests that come together be counted together
            await self.held.wait()
        finally:
            self._under_way -= 1
        answer = self.answer(request)
        if isinstance(answer, Status):
            given = {"Location": answer.location, "Retry-After": answer.retry_after}
            headers = {name: value for name, value in given.items() if value}
            text = None if answer.content is None else json.dumps(answer.content)
            return web.Response(status=answer.code, headers=headers, text=text)
        if isinstance(answer, bytes):
            return web.Response(body=answer)
        return web.json_response(answer)


@asynccontextmanager
async def platform(tls: ssl.SSLContext | None = None) -> AsyncIterator[Platform]:
    """Run a platform on a free port."""
    running = Platform()
    app = web.Application()
    app.router.add_get("/{path:.*}", running.handle)
    app.router.add_post("/{path:.*}", running.handle)
    runner = web.AppRunner(app, access_log=None, handler_cancellation=True, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=tls)
    await site.start()
    host, port = runner.addresses[0][:2]
    running.url = f"https://localhost:{port}" if tls else f"http://{host}:{port}"
    try:
        yield running
    finally:
        running.held.set()
        await runner.cleanup()


Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def raw_server(talk: bytes | Talk) -> AsyncIterator[str]:
    """Run a server below HTTP; yields its URL.

    Args:
        talk: what it sends to every request before it hangs up, or does with every connection.
    """
    connections: set[asyncio.Task[None] | None] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connections.add(asyncio.current_task())
        with suppress(ConnectionError):
            if isinstance(talk, bytes):
                await reader.readuntil(b"\r\n\r\n")
                writer.write(talk)
                await writer.drain()
            else:
                await talk(reader, writer)
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        # What a server has begun outlives it, and would outlive the test.
        await asyncio.gather(*(task for task in connections if task is not None))
