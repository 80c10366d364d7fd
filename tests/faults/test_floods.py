"""Workers that take more than their share: of the supervisor's attention, the log, the memory."""

from __future__ import annotations

import json
from typing import Any

import pytest

from meshvisor.playground.server import Playground
from tests.faults.conftest import StartFleet
from tests.faults.meddling import CHANNEL
from tests.fleet import Fleet

pytestmark = pytest.mark.faults

POUR = """
import select

def pour(data):
    ""\"Write without end, as fast as anybody reads.""\"
    sock = socket.socket(fileno=os.dup(channel()))
    ready = select.poll()
    ready.register(sock, select.POLLOUT)
    print("pouring")
    while True:
        ready.poll()
        sent = sock.send(data)
        while sent % len(data):
            ready.poll()
            sent += sock.send(data[sent % len(data):])
"""
"""Defines `pour`; it blocks, so its handler has to be a plain function."""


async def others_do_not_suffer(fleet: Fleet, playground: Playground, spared: int) -> None:
    """Check that the supervisor answers and that the bot of the other room does."""
    for _ in range(20):
        assert (await fleet.status()).supervisor.state == "running"
        assert (await playground.ask("cinema", "?ping")).text == "pong"
    assert await fleet.worker("cinema") == spared


# ---- The channel ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "message",
    [
        {"type": "error", "error": "again", "source": "test"},
        {"type": "usage", "commands": {"ping": 1}},
        {"type": "connect_request"},
        {"type": "nonsense"},
    ],
    ids=lambda message: message["type"],
)
@pytest.mark.some(1)
async def test_messages_without_end(
    start_fleet: StartFleet, playground: Playground, message: dict[str, Any]
) -> None:
    """Proper messages are read as fast as is good for all; more of them stay where they are."""
    line = json.dumps({"v": 1, "id": 1, "ts": 1.0, "mesh_id": "lobby", **message})
    fleet = await start_fleet(
        f"""
{CHANNEL}
{POUR}
@command("pour")
def flood(ctx):
    pour({line + chr(10)!r}.encode() * 1000)
"""
    )
    worker, spared = await fleet.worker("lobby"), await fleet.worker("cinema")
    playground.say("lobby", "?pour")
    await fleet.logged("pouring", "lobby")
    await others_do_not_suffer(fleet, playground, spared)
    assert (await playground.ask("lobby", "?ping")).text == "pong"
    assert await fleet.worker("lobby") == worker
    # Whatever was logged of it, it is no flood.
    assert len(fleet.output.splitlines()) < 50


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"x" * 10_000, r"a frame is longer than"),
        (b"x\n", r"JSON is malformed"),
        (b'{"type": "ready"\n', r"Input data was truncated"),
        (b'{"type": "connected", "v": 1, "id": "one", "ts": 1}\n', r"id"),
        (
            b'{"type": "ready", "v": 1, "id": 1, "ts": 1.0, "commands": []}\n',
            r"it said ready while the mesh was connected",
        ),
    ],
    ids=["a frame without end", "no JSON", "half of it", "the wrong type", "the wrong moment"],
)
@pytest.mark.some(1)
async def test_garbage_without_end(
    start_fleet: StartFleet, playground: Playground, data: bytes, reason: str
) -> None:
    """A worker that sends what cannot be is broken, and is replaced with the reason shown."""
    fleet = await start_fleet(
        f"""
{CHANNEL}
{POUR}
@command("pour")
def flood(ctx):
    pour({data!r})
"""
    )
    worker, spared = await fleet.worker("lobby"), await fleet.worker("cinema")
    playground.say("lobby", "?pour")
    await fleet.worker("lobby", besides=worker)
    await fleet.logged(rf"its worker broke the protocol: [^\n]*({reason})", "lobby")
    mesh = await fleet.mesh("lobby")
    assert mesh is not None
    assert "broke the protocol" in (mesh.last_error or "")
    await playground.wait_for_peer("lobby")
    assert (await playground.ask("lobby", "?ping")).text == "pong"
    await others_do_not_suffer(fleet, playground, spared)


# ---- The log -------------------------------------------------------------------------------------


async def test_a_log_without_end(start_fleet: StartFleet, playground: Playground) -> None:
    """What is too much is dropped and counted, and the files keep within their limits."""
    fleet = await start_fleet(
        """
@command("flood")
async def flood(ctx):
    for number in range(100_000):
        print("flood", number, "x" * 100)
    return "done"
""",
        logs={"file_size_mb": 0.1, "files_kept": 2},
    )
    worker, spared = await fleet.worker("lobby"), await fleet.worker("cinema")
    question = playground.say("lobby", "?flood")
    await others_do_not_suffer(fleet, playground, spared)
    assert (await playground.wait_for_reply("lobby", question)).text == "done"
    await fleet.logged("log lines were dropped because they were not read fast enough", "lobby")
    assert await fleet.worker("lobby") == worker
    files = list(fleet.home.logs.glob("mesh-lobby.log*"))
    assert len(files) <= 3
    assert sum(file.stat().st_size for file in files) < 400_000


@pytest.mark.long
async def test_native_output_without_end(start_fleet: StartFleet, playground: Playground) -> None:
    """What is written past all of Python does not stop the others either."""
    fleet = await start_fleet(
        """
@command("flood")
def flood(ctx):
    print("flooding")
    while True:
        try:
            os.write(1, b"x" * 1000)
        except BlockingIOError:
            pass
"""
    )
    worker, spared = await fleet.worker("lobby"), await fleet.worker("cinema")
    playground.say("lobby", "?flood")
    await fleet.logged("flooding", "lobby")
    await others_do_not_suffer(fleet, playground, spared)
    assert (await playground.ask("lobby", "?ping")).text == "pong"
    assert await fleet.worker("lobby") == worker


# ---- The memory ----------------------------------------------------------------------------------


async def test_memory_without_end(start_fleet: StartFleet, playground: Playground) -> None:
    """A worker that wants more than it may have is replaced, and the reason is shown."""
    fleet = await start_fleet(
        """
hoard = []

@command("hoard")
async def collect(ctx):
    while True:
        hoard.append(bytearray(1_000_000))
        await asyncio.sleep(0)
""",
        fleet={"worker_memory_limit_mb": 64},
    )
    worker, spared = await fleet.worker("lobby"), await fleet.worker("cinema")
    playground.say("lobby", "?hoard")
    await fleet.worker("lobby", besides=worker)
    mesh = await fleet.mesh("lobby")
    assert mesh is not None
    assert mesh.last_error == "the worker reached its memory limit"
    await playground.wait_for_peer("lobby")
    assert (await playground.ask("lobby", "?ping")).text == "pong"
    await others_do_not_suffer(fleet, playground, spared)
