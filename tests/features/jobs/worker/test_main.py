"""Runners in real processes: signals, limits, output and exit codes."""

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

from meshvisor.features.jobs.messages.from_runner import JobStopped, RunnerReady
from meshvisor.shared.model.exits import ChildExit
from meshvisor.shared.protocol.to_worker import Shutdown
from tests.features.jobs.worker.lane_side import PATIENCE, LaneSide, start_params

MEGABYTE = 1024 * 1024

WALK = """
@action("walk")
async def walk(job):
    async for item in job.items():
        _ = item.done()
        if item.key == "last":
            print("waiting")
            await asyncio.Event().wait()
"""

BROUGHT = (
    "data-cleanup",
    "event-migration",
    "health-check",
    "monthly-analytics",
    "notification-processing",
    "usage-aggregation",
    "weekly-report",
    "workflow-http",
)
"""Actions of features."""


class Child:
    """A runner process, the supervisor's side of its channel, and its log."""

    def __init__(self, side: LaneSide, process: asyncio.subprocess.Process) -> None:
        self.side = side
        self.process = process

    async def log_line(self, text: str) -> str:
        """Return the next line of the log that contains `text`."""
        lines: list[str] = []
        assert self.process.stdout is not None
        async with asyncio.timeout(PATIENCE):
            while line := (await self.process.stdout.readline()).decode():
                lines.append(line)
                if text in line:
                    return line
        raise AssertionError(f"no {text!r} in the log:\n{''.join(lines)}")

    async def exit_code(self) -> int:
        """Return how the process ended; negative: by which signal."""
        async with asyncio.timeout(PATIENCE):
            code = await self.process.wait()
            await self.side.ended
            return code


StartChild = Callable[..., Awaitable[Child]]


@pytest.fixture
async def start_child(project: Path, tmp_path: Path) -> AsyncIterator[StartChild]:
    """Return a function that starts a runner process with the code of a plug-in."""
    children: list[Child] = []

    async def start(plugin: str, **changes: Any) -> Child:
        here, there = socket.socketpair()
        path = tmp_path / "plugin.py"
        path.write_text(
            "import asyncio, os, sys, threading\nfrom meshvisor import action\n" + plugin
        )
        arguments = [str(there.fileno()), json.dumps(start_params(**changes)), str(path)]
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.features.jobs.worker.runner_program", *arguments),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            pass_fds=[there.fileno()],
            cwd=project,
        )
        there.close()
        side = LaneSide()
        await side.open(here)
        children.append(Child(side, process))
        return children[-1]

    yield start
    for child in children:
        if child.process.returncode is None:
            child.process.kill()
        await child.process.communicate()
        child.side.close()
        await child.side.ended


async def test_a_life(start_child: StartChild) -> None:
    """A runner process says what it can, does a job, is asked to stop, and ends well."""
    child = await start_child(WALK)
    offered = (await child.side.expect(RunnerReady)).actions
    assert set(offered) == {"walk", *BROUGHT}
    await child.side.do("walk", ["a", "b"])
    assert (await child.side.status()).memory_bytes > MEGABYTE
    child.side.send(Shutdown(mode="graceful", deadline=PATIENCE))
    assert await child.exit_code() == ChildExit.DONE


async def test_sigterm_is_polite(start_child: StartChild) -> None:
    """Jobs are stopped, and what they have done is said."""
    child = await start_child(WALK)
    job = child.side.begin("walk", ["a", "last", "b"])
    await child.log_line("waiting")
    child.process.send_signal(signal.SIGTERM)
    assert await child.exit_code() == ChildExit.DONE
    end = await job.end()
    assert isinstance(end, JobStopped)
    assert end.reason == "shutdown"
    assert job.states == {"a": "done", "last": "done"}


async def test_a_second_sigterm_hurries(start_child: StartChild) -> None:
    """Nothing is waited for any more."""
    child = await start_child(WALK)
    job = child.side.begin("walk", ["last"])
    await child.log_line("waiting")
    child.process.send_signal(signal.SIGTERM)
    await child.side.status()
    child.process.send_signal(signal.SIGTERM)
    assert await child.exit_code() == ChildExit.DONE
    assert job.states == {"last": "done"}


async def test_ctrl_c_is_left_to_the_supervisor(start_child: StartChild) -> None:
    """SIGINT, which a terminal sends to its whole process group, does nothing."""
    child = await start_child(WALK)
    await child.side.expect(RunnerReady)
    child.process.send_signal(signal.SIGINT)
    await child.side.do("walk", ["a"])


async def test_an_orphan_ends(start_child: StartChild) -> None:
    """A runner whose supervisor is gone ends with an exit code of its own."""
    child = await start_child(WALK)
    child.side.begin("walk", ["last"])
    await child.log_line("waiting")
    child.side.close()
    assert await child.exit_code() == ChildExit.ORPHANED


async def test_wrong_start_parameters(start_child: StartChild) -> None:
    """A runner that cannot read its parameters says so by its exit code."""
    child = await start_child(WALK, lane=None)
    assert await child.exit_code() == ChildExit.PROTOCOL


@pytest.mark.parametrize(
    "code",
    [
        pytest.param(
            """
@action("hog")
async def hog(job):
    async for item in job.items():
        _ = item.done()
        bytearray(500_000_000)
""",
            id="in a coroutine",
        ),
        pytest.param(
            """
@action("hog")
def hog(job):
    for item in job.items():
        _ = item.done()
        bytearray(500_000_000)
""",
            id="in a thread",
        ),
        pytest.param(
            """
@action("hog")
async def hog(job):
    async for item in job.items():
        _ = item.done()
        asyncio.get_running_loop().call_soon(bytearray, 500_000_000)
        await asyncio.Event().wait()
""",
            id="in the loop",
        ),
        pytest.param(
            """
@action("hog")
async def hog(job):
    async def take():
        bytearray(500_000_000)
    async for item in job.items():
        _ = item.done()
        async with asyncio.TaskGroup() as group:
            group.create_task(take())
""",
            id="in a group",
        ),
    ],
)
async def test_the_memory_limit(start_child: StartChild, code: str) -> None:
    """A runner that wants more memory than it may ends, and its exit code says why."""
    child = await start_child(code, memory_limit_bytes=100 * MEGABYTE)
    job = child.side.begin("hog", ["a", "b"])
    assert await child.exit_code() == ChildExit.OUT_OF_MEMORY
    assert job.states == {"a": "done"}
    assert not job.ended.done()


STUCK_THREAD = """
@action("deaf", item_timeout=0.05)
def deaf(job):
    for item in job.items():
        if item.position:
            threading.Event().wait()
        _ = item.done()
"""

STUCK_COROUTINE = """
@action("deaf", item_timeout=0.05)
async def deaf(job):
    async for item in job.items():
        while item.position:
            try:
                await asyncio.Event().wait()
            except BaseException:
                pass
        _ = item.done()
"""


@pytest.mark.parametrize("code", [STUCK_THREAD, STUCK_COROUTINE], ids=["thread", "coroutine"])
async def test_code_that_cannot_be_stopped(start_child: StartChild, code: str) -> None:
    """The process ends although its code does not, and the log says where that stands."""
    child = await start_child(code)
    job = child.side.begin("deaf", ["a", "b", "c"])
    line = json.loads(await child.log_line("job_stuck"))
    assert "in deaf" in line["msg"]
    assert await child.exit_code() == ChildExit.STUCK
    assert job.states == {"a": "done", "b": "failed"}


async def test_an_end_of_the_process(start_child: StartChild) -> None:
    """`sys.exit` ends a try; what really ends the process is for the supervisor to see."""
    child = await start_child(
        """
@action("exit")
async def leave(job):
    sys.exit(5)

@action("exit-in-task")
async def leave_from_a_task(job):
    async def leave():
        sys.exit(6)
    await asyncio.create_task(leave())

@action("stop-loop")
async def stop_the_loop(job):
    asyncio.get_running_loop().stop()

@action("wait")
async def wait(job):
    async for item in job.items():
        await event.wait()
        _ = item.done()

@action("set")
async def set_it(job):
    event.set()

@action("os-exit")
async def leave_at_once(job):
    os._exit(5)

event = asyncio.Event()
"""
    )
    error = await child.side.fail("exit")
    assert error == "RuntimeError: the action wants to end its process: SystemExit(5)"
    neighbour = child.side.begin("wait", ["a"])
    error = await child.side.fail("exit-in-task")
    assert error == "RuntimeError: the action wants to end its process: SystemExit(6)"
    await child.log_line("wants to end its process: SystemExit(6)")
    await child.side.do("stop-loop")
    await child.log_line("has stopped the event loop")
    await child.side.do("set")
    await neighbour.end()
    assert neighbour.states == {"a": "done"}
    child.side.begin("os-exit")
    assert await child.exit_code() == 5


async def test_output_is_json(start_child: StartChild) -> None:
    """What an action prints and logs is in the log, also the error that ends it."""
    child = await start_child(
        """
@action("speak")
async def speak(job):
    print("printed")
    job.log("logged", level="warning")
    raise ValueError("a text with half a character \\ud800")
"""
    )
    job = child.side.begin("speak")
    assert json.loads(await child.log_line("printed"))["logger"] == "stdout"
    line = json.loads(await child.log_line("logged"))
    assert (line["level"], line["msg"]) == ("warning", f"Job {job.id}: logged")
    await child.log_line("job_failed")
    assert await job.error_of_end() == "ValueError: a text with half a character ?"
