"""The control socket itself: who may use it, and that no client can harm another."""

from __future__ import annotations

import asyncio
import errno
import os
import socket
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from meshvisor.shared.control.client import ControlClient
from meshvisor.shared.errors import MeshvisorError
from meshvisor.shared.paths import Home
from meshvisor.supervisor.audit.log import local_actor
from meshvisor.supervisor.control import connection as connection_module
from meshvisor.supervisor.control import server as server_module
from meshvisor.supervisor.control.handling import Handler
from meshvisor.supervisor.control.peer import Peer, peer_of
from meshvisor.supervisor.control.registry import all_handlers
from meshvisor.supervisor.control.server import ControlServer
from tests.stopping import stopping
from tests.supervisor.control.conftest import Connect, Raw
from tests.supervisor.control.in_memory import InMemorySupervisor

STATUS = {"id": 1, "type": "status"}


async def connect_to(home: Home) -> Raw:
    """Return a connection that the test closes."""
    return Raw(*await asyncio.open_unix_connection(str(home.control_socket)))


async def test_stop_removes_the_socket(home: Home, supervisor: InMemorySupervisor) -> None:
    """Nothing is left after a stop, and a second stop does nothing."""
    server = ControlServer(home.control_socket, supervisor.services)
    await server.start()
    await server.stop(stopping())
    await server.stop(stopping())
    assert not home.control_socket.exists()


async def test_long_home_path(tmp_path: Path, supervisor: InMemorySupervisor) -> None:
    """A home whose socket path is longer than an address may be is served and found."""
    home = Home(tmp_path / ("long" * 30) / ("path" * 30))
    server = ControlServer(home.control_socket, supervisor.services)
    await server.start()

    def ask() -> int:
        with ControlClient(home.root) as client:
            return len(client.request("status")["meshes"])

    assert await asyncio.to_thread(ask) == 3
    await server.stop(stopping())
    assert not home.control_socket.exists()


class Loading:
    """Loads what answers requests, and counts how often; the first times are refused."""

    def __init__(self, refused: int = 0) -> None:
        self.times = 0
        self.done = asyncio.Event()
        self._refused = refused

    def __call__(self) -> Mapping[str, Handler]:
        """Load, or be refused."""
        self.times += 1
        if self.times <= self._refused:
            raise OSError(errno.EMFILE, "Too many open files")
        self.done.set()
        return all_handlers()


async def test_what_answers_is_loaded_once(
    connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It comes with the first request, and no start waits for it."""
    monkeypatch.setattr(server_module, "all_handlers", loading := Loading())
    raw = await connect()
    assert loading.times == 0
    assert (await raw.ask(STATUS))["ok"]
    assert (await raw.ask(STATUS))["ok"]
    assert loading.times == 1


async def test_what_answers_is_loaded_without_a_request(
    home: Home, supervisor: InMemorySupervisor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Soon after the start the first request needs not wait for it any more."""
    monkeypatch.setattr(server_module, "all_handlers", loading := Loading())
    monkeypatch.setattr(server_module, "LOADED_AFTER", 0)
    server = ControlServer(home.control_socket, supervisor.services)
    run = asyncio.create_task(server.run())
    await asyncio.wait_for(loading.done.wait(), 10)
    run.cancel()
    await asyncio.wait((run,))
    assert run.cancelled()


async def test_what_answers_cannot_be_loaded(
    connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The client gets what the machine refuses; later ones are answered."""
    monkeypatch.setattr(server_module, "all_handlers", Loading(refused=1))
    raw = await connect()
    answer = await raw.ask(STATUS)
    assert not answer["ok"]
    assert "open files" in answer["error"]
    assert (await raw.ask(STATUS))["ok"]


def test_peer_uid_is_what_the_kernel_says() -> None:
    """The other end's user is read from the kernel."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        assert peer_of(ours) == Peer(os.geteuid(), os.geteuid(), local_actor(os.geteuid()))


async def test_other_users_are_refused(connect: Connect, monkeypatch: pytest.MonkeyPatch) -> None:
    """A process of another user gets one sentence and no answer."""
    monkeypatch.setattr(
        server_module, "peer_of", lambda _socket: Peer(12345, 1000, local_actor(12345))
    )
    raw = await connect()
    assert not (await raw.receive())["ok"]
    assert await raw.ended()


async def test_client_that_does_not_read_does_no_harm(
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


async def test_flood_of_bytes_does_no_harm(connect: Connect) -> None:
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


async def test_idle_client_makes_room(
    home: Home, supervisor: InMemorySupervisor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When all places are taken the connection that has been idle for longest ends."""
    monkeypatch.setattr(server_module, "MAX_CONNECTIONS", 2)
    monkeypatch.setattr(server_module, "IDLE", 0)
    server = ControlServer(home.control_socket, supervisor.services)
    await server.start()
    first, second = await connect_to(home), await connect_to(home)
    await first.ask(STATUS)
    await second.ask(STATUS)
    third = await connect_to(home)
    assert (await third.ask(STATUS))["ok"]
    assert await first.ended()
    assert (await second.ask(STATUS))["ok"]
    await server.stop(stopping())
    for raw in (first, second, third):
        raw.close()


async def test_many_clients_at_once(home: Home, server: ControlServer) -> None:
    """As many clients as a script may start at the same moment are all answered."""

    def ask() -> int:
        with ControlClient(home.root) as client:
            return len(client.request("status")["meshes"])

    with ThreadPoolExecutor(100) as pool:
        loop = asyncio.get_running_loop()
        answers = await asyncio.gather(*(loop.run_in_executor(pool, ask) for _ in range(300)))
    assert answers == [3] * 300


async def test_busy_clients_are_not_sacrificed(
    home: Home,
    supervisor: InMemorySupervisor,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """While all others are busy a newcomer waits, and one more is refused, which is said."""
    monkeypatch.setattr(server_module, "MAX_REQUESTS", 1)
    monkeypatch.setattr(server_module, "MAX_CONNECTIONS", 2)
    server = ControlServer(home.control_socket, supervisor.services)
    await server.start()
    supervisor.gate = asyncio.Event()
    busy = await connect_to(home)
    busy.send({"id": 1, "type": "poll"})
    await supervisor.polled.wait()
    waiting = await connect_to(home)
    waiting.send(STATUS)
    refused = [await connect_to(home) for _ in range(3)]
    for raw in refused:
        assert (await raw.receive())["error"].startswith(
            "The supervisor is busy: it serves 2 clients"
        )
        assert await raw.ended()
        raw.close()
    assert caplog.text.count("refused") == 1
    supervisor.gate.set()
    assert (await busy.receive())["ok"]
    busy.close()
    assert (await waiting.receive())["ok"]
    waiting.close()
    await server.stop(stopping())


async def test_who_waits_for_long_is_refused(
    home: Home, supervisor: InMemorySupervisor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Their clients get an answer before they take the supervisor for one that hangs."""
    monkeypatch.setattr(server_module, "MAX_REQUESTS", 1)
    monkeypatch.setattr(connection_module, "PATIENCE", 0.01)
    server = ControlServer(home.control_socket, supervisor.services)
    await server.start()
    supervisor.gate = asyncio.Event()
    busy = await connect_to(home)
    busy.send({"id": 1, "type": "poll"})
    await supervisor.polled.wait()

    def ask() -> None:
        with ControlClient(home.root) as client:
            client.request("status")

    with pytest.raises(MeshvisorError, match="busy: it serves 1 clients") as refused:
        await asyncio.to_thread(ask)
    assert refused.value.exit_code == 1
    supervisor.gate.set()
    assert (await busy.receive())["ok"]
    busy.close()
    await server.stop(stopping())


async def test_silent_clients_make_room(
    home: Home,
    supervisor: InMemorySupervisor,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """However many are connected without a word, the next one is served, once they are idle."""
    monkeypatch.setattr(server_module, "MAX_CONNECTIONS", 4)
    server = ControlServer(home.control_socket, supervisor.services)
    await server.start()
    monkeypatch.setattr(server_module, "IDLE", 1000)
    silent = [await connect_to(home) for _ in range(9)]
    for raw in silent[4:]:
        assert "is busy: it serves 4" in (await raw.receive())["error"]
    monkeypatch.setattr(server_module, "IDLE", 0)
    asking = await connect_to(home)
    assert (await asking.ask(STATUS))["ok"]
    assert await silent[0].ended()
    assert caplog.text.count("refused") == 1
    await server.stop(stopping())
    for raw in (*silent, asking):
        raw.close()


async def test_followers_leave_room_for_others(
    home: Home, supervisor: InMemorySupervisor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only so many clients may follow at a time; one more can ask anything else, and one that
    leaves makes room for it.
    """
    monkeypatch.setattr(server_module, "MAX_STREAMS", 1)
    supervisor.logs.add("lobby", "hello")
    server = ControlServer(home.control_socket, supervisor.services)
    await server.start()
    follow = {"id": 1, "type": "logs", "follow": True}
    first, second = await connect_to(home), await connect_to(home)
    first.send(follow)
    assert "event" in await first.receive()
    refused = await second.ask(follow)
    assert (refused["reply_to"], refused["code"]) == (1, "supervisor.many_followers")
    assert (await second.ask(STATUS))["ok"]
    await first.ask(STATUS)  # which ends the stream
    second.send(follow)
    assert "event" in await second.receive()
    await server.stop(stopping())
    first.close()
    second.close()


async def test_stop_ends_connections(
    home: Home,
    supervisor: InMemorySupervisor,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Clients see the end when the supervisor stops, whatever they wait for; nothing is logged."""
    monkeypatch.setattr(server_module, "FLUSH_TIMEOUT", 0.05)
    server = ControlServer(home.control_socket, supervisor.services)
    await server.start()
    supervisor.gate = asyncio.Event()
    raw = Raw(*await asyncio.open_unix_connection(str(home.control_socket)))
    raw.send({"id": 1, "type": "poll"})
    await supervisor.polled.wait()
    await server.stop(stopping())
    assert await raw.ended()
    await asyncio.sleep(0)
    assert not caplog.records
    raw.close()


async def test_stop_ends_streams_with_a_reply(connect: Connect, server: ControlServer) -> None:
    """A client that follows the log when the supervisor stops gets an ordinary end."""
    raw = await connect()
    raw.send({"id": 1, "type": "logs", "follow": True})
    other = await connect()
    await other.ask(STATUS)
    stop = asyncio.create_task(server.stop(stopping()))
    assert await raw.receive() == {"reply_to": 1, "ok": True, "result": None}
    assert await other.ended()
    await stop


async def test_a_fleet_that_fits_into_no_frame(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """The status of thousands of meshes arrives whole, and beyond a bound there is a sentence."""
    supervisor = InMemorySupervisor.of(*(f"room-{number}-{'x' * 99}" for number in range(5_000)))
    server = ControlServer(home.control_socket, supervisor.services)
    home.run.mkdir(parents=True)
    await server.start()

    def ask() -> tuple[int, int]:
        with ControlClient(home.root, timeout=60) as client:
            status, meshes = client.request("status"), client.request("meshes")
            return len(status["meshes"]), len(meshes["meshes"])

    def ask_for_too_much() -> int:
        with ControlClient(home.root, timeout=60) as client:
            with pytest.raises(MeshvisorError, match="ask about fewer meshes"):
                client.request("status")
            pid: int = client.request("version")["pid"]
            return pid

    assert await asyncio.to_thread(ask) == (5_000, 5_000)
    monkeypatch.setattr(connection_module, "LONGEST_RESULT", 1024 * 1024)
    assert await asyncio.to_thread(ask_for_too_much) == os.getpid()
    await server.stop(stopping())
