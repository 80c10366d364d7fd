"""A control server on a real socket, and raw connections to it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest

from meshvisor.shared.clock import SystemClock
from meshvisor.shared.paths import Home
from meshvisor.shared.store.late import LateStore
from meshvisor.supervisor.audit.log import AuditLog
from meshvisor.supervisor.control.server import ControlServer
from tests.clock import ManualClock
from tests.stopping import stopping
from tests.supervisor.control.in_memory import InMemorySupervisor


class Raw:
    """A client that sends whatever a test wants."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    def send(self, data: bytes | dict[str, Any]) -> None:
        """Send bytes as they are, or a request as a frame."""
        body = data if isinstance(data, bytes) else json.dumps({"v": 1, **data}).encode() + b"\n"
        self.writer.write(body)

    async def receive(self) -> dict[str, Any]:
        """Return the next frame."""
        line = await asyncio.wait_for(self.reader.readline(), 10)
        answer: dict[str, Any] = json.loads(line)
        return answer

    async def ask(self, data: bytes | dict[str, Any]) -> dict[str, Any]:
        """Send and return the next frame."""
        self.send(data)
        return await self.receive()

    async def ended(self) -> bool:
        """Wait for the end of the connection; whatever comes before is dropped."""
        try:
            while await asyncio.wait_for(self.reader.read(65536), 10):
                pass
        except ConnectionError:
            pass
        return True

    def close(self) -> None:
        """Leave."""
        self.writer.transport.abort()


Connect = Callable[[], Awaitable[Raw]]


@pytest.fixture
def supervisor(home: Home) -> InMemorySupervisor:
    """Return one with three connected meshes, one second after the epoch."""
    clock = ManualClock()
    clock.set_wall(1.0)
    supervisor = InMemorySupervisor.of("lobby", "cinema", "workshop")
    supervisor.keep_blocklist(home, clock)
    return supervisor


@pytest.fixture
async def server(home: Home, supervisor: InMemorySupervisor) -> AsyncIterator[ControlServer]:
    """Return a server that listens, with an audit log."""
    database = LateStore(home.database)
    if supervisor.services.find(AuditLog) is None:
        supervisor.services.provide(AuditLog, AuditLog(database, SystemClock()))
    server = ControlServer(home.control_socket, supervisor.services)
    await server.start()
    yield server
    await server.stop(stopping())
    await database.close()


@pytest.fixture
async def connect(server: ControlServer, home: Home) -> AsyncIterator[Connect]:
    """Return a function that connects; the connections end with the test."""
    opened: list[Raw] = []

    async def open_one() -> Raw:
        streams = await asyncio.open_unix_connection(str(home.control_socket), limit=1 << 22)
        opened.append(Raw(*streams))
        return opened[-1]

    yield open_one
    for raw in opened:
        raw.close()


@pytest.fixture
async def client(connect: Connect) -> Raw:
    """Return one connection."""
    return await connect()
