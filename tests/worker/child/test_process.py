"""Workers in real processes: signals, limits, output and exit codes."""

from __future__ import annotations

import asyncio
import json
import signal
import socket
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from meshvisor.playground.server import Playground
from meshvisor.shared.model.exits import ChildExit
from meshvisor.shared.protocol.from_worker import Connected, Kicked, Ready
from meshvisor.shared.protocol.to_worker import RefreshCredentials, Shutdown
from tests.worker.supervisor_side import BOT, PATIENCE, SupervisorSide, start_params

MEGABYTE = 1024 * 1024


class Child:
    """A worker process, the supervisor's side of its channel, and its log."""

    def __init__(self, side: SupervisorSide, process: asyncio.subprocess.Process) -> None:
        self.side = side
        self.process = process
        self.lines: list[str] = []

    def signal(self, number: signal.Signals) -> None:
        """Send a signal."""
        self.process.send_signal(number)

    async def log_line(self, text: str) -> str:
        """Return the next line of the log that contains `text`."""
        assert self.process.stdout is not None
        async with asyncio.timeout(PATIENCE):
            while line := (await self.process.stdout.readline()).decode():
                self.lines.append(line)
                if text in line:
                    return line
        raise AssertionError(f"no {text!r} in the log:\n{''.join(self.lines)}")

    async def exit_code(self) -> int:
        """Return how the process ended; negative: by which signal."""
        async with asyncio.timeout(PATIENCE):
            return await self.process.wait()


StartChild = Callable[..., Awaitable[Child]]


@pytest.fixture
async def start_child(
    playground: Playground, project: Path, tmp_path: Path
) -> AsyncIterator[StartChild]:
    """Return a function that starts a worker process, with the code of a plug-in if wanted."""
    children: list[Child] = []

    async def start(plugin: str = "", **changes: Any) -> Child:
        here, there = socket.socketpair()
        arguments = [str(there.fileno()), json.dumps(start_params(playground.server, **changes))]
        if plugin:
            path = tmp_path / "plugin.py"
            path.write_text("from meshvisor import command, event\n" + plugin)
            arguments.append(str(path))
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.worker.child_program", *arguments),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            pass_fds=[there.fileno()],
            cwd=project,
        )
        there.close()
        side = SupervisorSide()
        await side.open(here)
        children.append(Child(side, process))
        if changes.get("mesh_id", "") is not None:
            side.send(RefreshCredentials(credentials=BOT))
        return children[-1]

    yield start
    for child in children:
        if child.process.returncode is None:
            child.process.kill()
        await child.process.communicate()
        child.side.close()
        await child.side.ended


async def test_a_life(playground: Playground, start_child: StartChild) -> None:
    """A worker process connects, answers, is asked to stop, and ends well."""
    child = await start_child()
    await child.side.expect(Connected)
    await playground.wait_for_peer("lobby")
    assert (await playground.ask("lobby", "?ping")).text == "pong"
    assert (await child.side.status()).memory_bytes > MEGABYTE
    child.side.send(Shutdown(deadline=5))
    assert await child.exit_code() == ChildExit.DONE
    await playground.wait_until_empty("lobby")


async def test_sigterm_is_polite(playground: Playground, start_child: StartChild) -> None:
    """SIGTERM makes the worker leave its room and end well."""
    child = await start_child()
    await child.side.expect(Connected)
    child.signal(signal.SIGTERM)
    assert await child.exit_code() == ChildExit.DONE
    await playground.wait_until_empty("lobby")


async def test_a_second_sigterm_hurries(playground: Playground, start_child: StartChild) -> None:
    """A worker that waits for a running command stops waiting."""
    child = await start_child(
        """
import asyncio
@command("wait")
async def wait(ctx):
    print("waiting")
    await asyncio.Event().wait()
"""
    )
    await child.side.expect(Connected)
    await playground.wait_for_peer("lobby")
    playground.say("lobby", "?wait")
    await child.log_line("waiting")
    child.signal(signal.SIGTERM)
    await child.side.status()
    child.signal(signal.SIGTERM)
    assert await child.exit_code() == ChildExit.DONE


async def test_ctrl_c_is_left_to_the_supervisor(
    playground: Playground, start_child: StartChild
) -> None:
    """SIGINT, which a terminal sends to its whole process group, does nothing."""
    child = await start_child()
    await child.side.expect(Connected)
    child.signal(signal.SIGINT)
    assert (await child.side.status()).state == "connected"


async def test_stacks_on_request(start_child: StartChild) -> None:
    """SIGUSR1 writes every thread's stack to the log, also when the loop hangs."""
    child = await start_child(
        """
@event("connected")
async def spin(connected):
    print("spinning")
    while True:
        pass
"""
    )
    await child.log_line("spinning")
    child.signal(signal.SIGUSR1)
    await child.log_line("in spin")


async def test_a_crash_of_native_code_leaves_a_stack(start_child: StartChild) -> None:
    """A segmentation fault ends the process by its signal, and the log says where."""
    child = await start_child(
        """
import ctypes
@event("connected")
async def crash(connected):
    ctypes.string_at(0)
"""
    )
    await child.log_line("Fatal Python error: Segmentation fault")
    await child.log_line("in crash")
    assert await child.exit_code() == -signal.SIGSEGV


async def test_an_orphan_ends(playground: Playground, start_child: StartChild) -> None:
    """A worker whose supervisor is gone ends with an exit code of its own."""
    child = await start_child()
    await child.side.expect(Connected)
    child.side.close()
    assert await child.exit_code() == ChildExit.ORPHANED


async def test_a_kick_is_reported_before_the_end(
    playground: Playground, start_child: StartChild
) -> None:
    """The last message reaches the supervisor although the process ends at once."""
    child = await start_child()
    await child.side.expect(Connected)
    playground.kick("lobby", "1_bot")
    assert await child.exit_code() == ChildExit.DONE
    await child.side.expect(Kicked)


async def test_wrong_start_parameters(start_child: StartChild) -> None:
    """A worker that cannot read its parameters says so by its exit code."""
    child = await start_child(mesh_id=None)
    assert await child.exit_code() == ChildExit.PROTOCOL


async def test_a_mistake_of_ours_is_a_crash(start_child: StartChild) -> None:
    """An error that is not handled ends the process with its traceback in the log."""
    child = await start_child(
        """
from meshvisor.worker.mesh.connection import MeshConnection
async def run(self):
    raise RuntimeError("a bug")
MeshConnection.run = run
"""
    )
    line = json.loads(await child.log_line("RuntimeError: a bug"))
    assert (line["event"], line["level"]) == ("crashed", "critical")
    assert await child.exit_code() == ChildExit.CRASHED


# Memory


@pytest.mark.parametrize(
    "code",
    [
        pytest.param(
            """
@command("hog")
async def hog(ctx):
    return str(len(bytearray(500_000_000)))
""",
            id="in a command",
        ),
        pytest.param(
            """
@command("hog")
def hog(ctx):
    return str(len(bytearray(500_000_000)))
""",
            id="in a thread",
        ),
        pytest.param(
            """
import asyncio
@command("hog")
async def hog(ctx):
    asyncio.get_running_loop().call_soon(bytearray, 500_000_000)
""",
            id="in the loop",
        ),
    ],
)
async def test_the_memory_limit(playground: Playground, start_child: StartChild, code: str) -> None:
    """A worker that wants more memory than it may ends, and its exit code says why."""
    child = await start_child(code, memory_limit_bytes=100 * MEGABYTE)
    await child.side.expect(Connected)
    await playground.wait_for_peer("lobby")
    playground.say("lobby", "?hog")
    assert await child.exit_code() == ChildExit.OUT_OF_MEMORY


async def test_no_memory_limit(playground: Playground, start_child: StartChild) -> None:
    """Without a limit a worker may have what it wants."""
    child = await start_child(
        """
@command("hog")
async def hog(ctx):
    return str(len(bytearray(500_000_000)))
"""
    )
    await child.side.expect(Connected)
    await playground.wait_for_peer("lobby")
    assert (await playground.ask("lobby", "?hog")).text == "500000000"


# Output


async def test_output_is_json(start_child: StartChild) -> None:
    """What a plug-in prints, logs and raises in threads is in the log as records."""
    child = await start_child(
        """
import logging, sys, threading
def fail():
    raise ValueError("in a thread")
@event("connected")
async def speak(connected):
    print("printed")
    print("complained", file=sys.stderr)
    logging.getLogger("plugin").warning("logged")
    threading.Thread(target=fail).start()
"""
    )
    found = {}
    for text in ["printed", "complained", "logged", "ValueError: in a thread"]:
        found[text] = json.loads(await child.log_line(text))
    assert (found["printed"]["logger"], found["printed"]["level"]) == ("stdout", "info")
    assert (found["complained"]["logger"], found["complained"]["level"]) == ("stderr", "warning")
    assert (found["logged"]["logger"], found["logged"]["level"]) == ("plugin", "warning")
    assert found["ValueError: in a thread"]["event"] == "thread_crashed"


async def test_the_last_words_are_kept(start_child: StartChild) -> None:
    """What was printed without a line end is in the log when the worker has ended."""
    child = await start_child(
        """
@event("connected")
async def speak(connected):
    print("unfinished", end="")
"""
    )
    await child.side.expect(Connected)
    child.side.send(Shutdown(deadline=5))
    await child.log_line("unfinished")
    assert await child.exit_code() == ChildExit.DONE


async def test_a_flooded_log_does_not_stop_the_worker(
    playground: Playground, start_child: StartChild
) -> None:
    """A plug-in that prints without end while it is not read loses lines, and nothing else."""
    child = await start_child(
        """
@command("flood")
async def flood(ctx):
    for number in range(20_000):
        print("flood", number, "x" * 100)
    return "flooded"
"""
    )
    await child.side.expect(Connected)
    await playground.wait_for_peer("lobby")
    assert (await playground.ask("lobby", "?flood")).text == "flooded"
    dropped = (await child.side.status()).counters.log_records_dropped
    assert dropped > 1000
    notice = json.loads(await child.log_line("log_dropped"))
    assert 0 < notice["context"]["count"] <= dropped


async def test_the_level_is_kept(playground: Playground, start_child: StartChild) -> None:
    """At level error the everyday lines are not written at all."""
    child = await start_child(log_level="error")
    await child.side.expect(Ready)
    await child.side.expect(Connected)
    child.side.send(Shutdown(deadline=5))
    assert await child.exit_code() == ChildExit.DONE
    assert child.process.stdout is not None
    assert await child.process.stdout.read() == b""
