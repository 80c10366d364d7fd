"""The control socket itself: who may use it, and that no client can harm another."""

from __future__ import annotations

import asyncio
import os
import socket
import time
from pathlib import Path

import pytest

from shared.control.client import ControlClient
from shared.paths import Home
from supervisor.control import connection as connection_module
from supervisor.control import server as server_module
from supervisor.control.server import ControlServer, peer_uid
from tests.supervisor.control.conftest import Connect, Raw
from tests.supervisor.control.in_memory import InMemorySupervisor

STATUS = {"id": 1, "type": "status"}


async def test_stop_removes_the_socket(home: Home, supervisor: InMemorySupervisor) -> None:
    """Nothing is left after a stop, and a second stop does nothing."""
    server = ControlServer(home.control_socket, supervisor)
    await server.start()
    await server.stop()
    await server.stop()
    assert not home.control_socket.exists()


async def test_long_home_path(tmp_path: Path, supervisor: InMemorySupervisor) -> None:
    """A home whose socket path is longer than an address may be is served and found."""
    home = Home(tmp_path / ("long" * 30) / ("path" * 30))
    server = ControlServer(home.control_socket, supervisor)
    await server.start()

    def ask() -> int:
        with ControlClient(home.root) as client:
            return len(client.request("status")["meshes"])

    assert await asyncio.to_thread(ask) == 3
    await server.stop()
    assert not home.control_socket.exists()


def test_peer_uid_is_what_the_kernel_says() -> None:
    """The other end's user is read from the kernel."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        assert peer_uid(ours) == os.geteuid()


async def test_other_users_are_refused(connect: Connect, monkeypatch: pytest.MonkeyPatch) -> None:
    """A process of another user gets one sentence and no answer."""
    monkeypatch.setattr(server_module, "peer_uid", lambda _socket: 12345)
    raw = await connect()
    assert not (await raw.receive())["ok"]
    assert await raw.ended()


async def test_client_that_does_not_read_harms_nobody(
    connect: Connect, supervisor: InMemorySupervisor
) -> None:
    """One client asks without ever reading the answers; another is served at once."""
    deaf, other = await connect(), await connect()
    deaf.reader._transport.pause_reading()  # type: ignore[attr-defined]
    for number in range(2000):
        deaf.send({"id": number, "type": "status"})
    before = time.monotonic()
    assert (await other.ask(STATUS))["ok"]
    assert time.monotonic() - before < 5


async def test_flood_of_bytes_harms_nobody(connect: Connect) -> None:
    """One client sends newlines as fast as it can; another is served, the first one is slowed."""
    flooder, other = await connect(), await connect()
    flooder.send(b"\n" * (5 * 1024 * 1024))
    assert (await other.ask(STATUS))["ok"]
    assert (await flooder.ask(STATUS))["ok"]


async def test_requests_beyond_the_budget_wait(
    connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A client that asks faster than it may is answered, but later."""
    monkeypatch.setattr(connection_module, "REQUESTS_PER_WINDOW", 5)
    monkeypatch.setattr(connection_module, "BUDGET_WINDOW", 0.2)
    raw = await connect()
    before = time.monotonic()
    for number in range(12):
        raw.send({"id": number, "type": "version"})
    answers = [(await raw.receive())["reply_to"] for _ in range(12)]
    assert answers == list(range(12))
    assert time.monotonic() - before >= 0.3


async def test_newest_client_takes_the_place_of_the_idlest(
    connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When all places are taken the connection that has been idle for longest ends."""
    monkeypatch.setattr(server_module, "MAX_CONNECTIONS", 2)
    first, second = await connect(), await connect()
    await first.ask(STATUS)
    await second.ask(STATUS)
    third = await connect()
    assert (await third.ask(STATUS))["ok"]
    assert await first.ended()
    assert (await second.ask(STATUS))["ok"]


async def test_client_is_refused_when_all_others_are_busy(
    connect: Connect, monkeypatch: pytest.MonkeyPatch, supervisor: InMemorySupervisor
) -> None:
    """Requests that run are not sacrificed for a newcomer."""
    monkeypatch.setattr(server_module, "MAX_CONNECTIONS", 1)
    supervisor.gate = asyncio.Event()
    busy = await connect()
    busy.send({"id": 1, "type": "poll"})
    await supervisor.polled.wait()
    newcomer = await connect()
    assert not (await newcomer.receive())["ok"]
    supervisor.gate.set()
    assert (await busy.receive())["ok"]


async def test_stop_ends_connections(
    home: Home,
    supervisor: InMemorySupervisor,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Clients see the end when the supervisor stops, whatever they wait for; nothing is logged."""
    monkeypatch.setattr(server_module, "FLUSH_TIMEOUT", 0.05)
    server = ControlServer(home.control_socket, supervisor)
    await server.start()
    supervisor.gate = asyncio.Event()
    raw = Raw(*await asyncio.open_unix_connection(str(home.control_socket)))
    raw.send({"id": 1, "type": "poll"})
    await supervisor.polled.wait()
    await server.stop()
    assert await raw.ended()
    await asyncio.sleep(0)
    assert not caplog.records
    raw.close()


async def test_stop_ends_streams_with_a_reply(connect: Connect, server: ControlServer) -> None:
    """Whoever follows the log when the supervisor stops gets an ordinary end."""
    raw = await connect()
    raw.send({"id": 1, "type": "logs", "follow": True})
    other = await connect()
    await other.ask(STATUS)
    stopping = asyncio.create_task(server.stop())
    assert await raw.receive() == {"reply_to": 1, "ok": True, "result": None}
    assert await other.ended()
    await stopping
