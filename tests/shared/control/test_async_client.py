"""The client for asyncio programs: it speaks the same protocol as that of the command line."""

from __future__ import annotations

import asyncio
import contextlib
import json
import shutil
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing
from typing import Any

import pytest

from meshvisor.shared.control.async_client import AsyncControlClient
from meshvisor.shared.control.client import ControlClient
from meshvisor.shared.control.conversation import SilentError
from meshvisor.shared.errors import MeshvisorError, NotRunningError, UsageError
from meshvisor.shared.model.mesh import MeshState
from meshvisor.shared.paths import Home
from meshvisor.supervisor.control.server import ControlServer
from tests.shared.control.test_client import answering, serving
from tests.stopping import stopping
from tests.supervisor.control.in_memory import InMemorySupervisor
from tests.supervisor.control.test_connection import until


@pytest.fixture
def supervisor() -> InMemorySupervisor:
    """Return one with two connected meshes."""
    return InMemorySupervisor.of("lobby", "cinema")


@pytest.fixture
async def client(home: Home, supervisor: InMemorySupervisor) -> AsyncIterator[AsyncControlClient]:
    """Return a client of a server that listens."""
    server = ControlServer(home.control_socket, supervisor.services)
    await server.start()
    async with await AsyncControlClient.connect(home.root) as client:
        yield client
    await server.stop(stopping())


async def test_requests(client: AsyncControlClient) -> None:
    """Results come back, and an error with its sentence and its class."""
    assert (await client.request("status"))["totals"]["meshes"] == 2
    with pytest.raises(UsageError, match="did you mean lobby"):
        await client.request("process_health", mesh_id="loby")
    assert (await client.request("health"))["connected"] == 2


async def test_tasks_that_ask_at_the_same_moment(client: AsyncControlClient) -> None:
    """Each gets the answer to its own question."""
    asked = [client.request("process_health", mesh_id=name) for name in ("lobby", "cinema") * 20]
    answers = await asyncio.gather(*asked)
    assert [answer["mesh_id"] for answer in answers] == ["lobby", "cinema"] * 20


async def test_a_long_result(client: AsyncControlClient, supervisor: InMemorySupervisor) -> None:
    """One that is longer than a frame comes in pieces that the caller does not notice."""
    supervisor.states = {f"mesh-{number}": MeshState.CONNECTED for number in range(6000)}
    assert len((await client.request("status"))["meshes"]) == 6000


async def test_a_stream(client: AsyncControlClient, supervisor: InMemorySupervisor) -> None:
    """Events come as they happen; the connection can be used when the stream is closed."""
    supervisor.logs.add("lobby", "past")
    async with aclosing(client.stream("logs", follow=True)) as events:
        assert (await anext(events))["text"] == "past"
        supervisor.logs.add("lobby", "now")
        assert (await anext(events))["text"] == "now"
    assert (await client.request("version"))["control_version"] == 1
    await until(lambda: not supervisor.logs.receivers)
    assert [event["text"] async for event in client.stream("logs")] == ["past", "now"]


async def test_who_gives_up(client: AsyncControlClient, supervisor: InMemorySupervisor) -> None:
    """A request whose task is cancelled is carried out, and its answer is not the next one's."""
    supervisor.gate = asyncio.Event()
    poll = asyncio.create_task(client.request("poll"))
    await supervisor.polled.wait()
    poll.cancel()
    with pytest.raises(asyncio.CancelledError):
        await poll
    supervisor.gate.set()
    assert "meshes" not in await client.request("version")
    assert supervisor.polls == 1


async def test_no_server_there(home: Home) -> None:
    """It is said with the next step."""
    with pytest.raises(NotRunningError, match="meshvisor run"):
        await AsyncControlClient.connect(home.root)


async def test_full_queue(home: Home) -> None:
    """A queue of connections that is full is tried again until there is room, or time is up."""
    home.run.mkdir(parents=True)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(home.control_socket))
        listener.listen(0)
        async with await AsyncControlClient.connect(home.root):
            with pytest.raises(SilentError, match="does not answer"):
                await AsyncControlClient.connect(home.root, timeout=0.05)


async def test_a_supervisor_that_hangs(home: Home) -> None:
    """What takes long does not hide one that never answers."""
    home.run.mkdir(parents=True)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(home.control_socket))
        listener.listen()
        async with await AsyncControlClient.connect(home.root, timeout=0.1) as client:
            with pytest.raises(SilentError, match="does not answer"):
                await client.request("poll", timeout=60)


# ---- The same as the other client ----------------------------------------------------------------

Script = Callable[[socket.socket], None]


def silent(connection: socket.socket) -> None:
    """Read everything and say nothing."""
    with contextlib.suppress(OSError):
        while connection.recv(65536):
            pass


def refusing(connection: socket.socket) -> None:
    """Say why before anything is read."""
    refusal = {"reply_to": None, "ok": False, "error": "Not you.", "exit_code": 2}
    connection.sendall(json.dumps(refusal).encode() + b"\n")


async def asked_by_both(home: Home, script: Script, **arguments: Any) -> list[object]:
    """Return what each client makes of the same answer: a result, or an error."""
    said: list[object] = []
    shutil.rmtree(home.run, ignore_errors=True)

    def ask() -> None:
        try:
            with ControlClient(home.root, timeout=1) as client:
                said.append(client.request("status", timeout=0.2, **arguments))
        except MeshvisorError as error:
            said.append((type(error), str(error)))

    with serving(home, script):
        await asyncio.to_thread(ask)
    shutil.rmtree(home.run)
    with serving(home, script):
        try:
            async with await AsyncControlClient.connect(home.root, timeout=1) as client:
                said.append(await client.request("status", timeout=0.2, **arguments))
        except MeshvisorError as error:
            said.append((type(error), str(error)))
    return said


@pytest.mark.parametrize(
    "script",
    [
        answering({"reply_to": 1, "ok": True, "result": {"a": 1}}),
        answering({"reply_to": 0, "ok": True, "result": 0}, {"reply_to": 1, "ok": True}),
        answering(
            {"reply_to": 1, "part": "[1,"},
            {"reply_to": 1, "part": "2]"},
            {"reply_to": 1, "ok": True},
        ),
        answering({"reply_to": 1, "part": "["}, {"reply_to": 1, "ok": True}),
        *(
            answering({"reply_to": 1, "ok": False, "error": "No.", "exit_code": code})
            for code in (1, 2, 3, 4, 5)
        ),
        answering({"reply_to": 1, "ok": False}),
        answering(b'{"reply_to": 1, "ok": true, "result": {"a": NaN, "b": [-Infinity, 1.5]}}\n'),
        answering(b'{"reply_to":1,'),
        answering(b"hello\n"),
        answering(b"[1]\n"),
        answering(b'{"ok":true}\n'),
        answering(b"x" * (1 << 20) + b"xx"),
        refusing,
        silent,
    ],
)
async def test_both_clients_say_the_same(home: Home, script: Script) -> None:
    """Whatever a supervisor answers, or does not."""
    ours, theirs = await asked_by_both(home, script)
    assert ours == theirs


async def test_both_send_the_same(home: Home) -> None:
    """A request is the same line, and one that is too long is sent by none of them."""
    received: list[bytes] = []

    def script(connection: socket.socket) -> None:
        received.append(connection.recv(65536))
        connection.sendall(b'{"reply_to":1,"ok":true}\n')

    await asked_by_both(home, script, actor="token:ci")
    assert len(set(received)) == 1
    ours, theirs = await asked_by_both(
        home, lambda _connection: None, mesh_ids=["x" * 100] * 20_000
    )
    assert ours == theirs
    assert ours == (UsageError, "That is too much for one request; ask for fewer at once.")
