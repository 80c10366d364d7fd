"""Plug-ins that fork: a copy is none of ours, and is gone when it gets back into our code."""

from __future__ import annotations

from typing import Any

import pytest

from meshvisor.playground.server import Playground
from tests.faults.conftest import StartFleet
from tests.faults.test_threads import ended, submit
from tests.fleet import Fleet

pytestmark = pytest.mark.faults

FORKING = '''
import logging
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import Pool, Process
from pathlib import Path


def note(text):
    with open("notes", "a") as file:
        file.write(text + "\\n")


def fork(way):
    """Return the PID of a copy, in the original; never in most copies."""
    pid = os.fork()
    if pid:
        note(f"copy {pid}")
        return pid
    if way == "exec":
        os.execvp("/nonexistent/program", ["program"])
    if way == "exit":
        sys.exit(0)
    if way == "raise":
        raise ValueError("on purpose")
    if way == "session":
        os.setsid()
    return 0  # goes on as if it were the original


@action("fork", lane="work", retries=0)
async def fork_in_action(job):
    pid = fork(job.data["way"])
    if job.data["way"] == "await":
        await asyncio.sleep(0)
    if job.data["way"] == "task" and not pid:
        await asyncio.create_task(asyncio.sleep(0))
    job.log("forked")


@action("fork-in-thread", lane="work", retries=0)
def fork_in_thread(job):
    fork(job.data["way"])
    if job.data["way"] == "items":
        for item in job.items():
            item.done()


@action("fork-in-task", lane="work", retries=0)
async def fork_in_task(job):
    async def task():
        fork(job.data["way"])
    tasks = asyncio.create_task(task())
    await asyncio.wait([tasks])


@action("fork-in-to-thread", lane="work", retries=0)
async def fork_in_to_thread(job):
    await asyncio.to_thread(fork, job.data["way"])


@action("walk", lane="work", retries=0)
async def walk(job):
    async for item in job.items():
        await item.done()


@command("fork")
async def fork_command(ctx):
    pid = fork(ctx.args[0])
    if not pid:
        await ctx.reply("the copy speaks")
    return f"forked {ctx.args[0]}"


@command("fork-in-thread")
def fork_in_thread_command(ctx):
    pid = fork(ctx.args[0])
    return f"forked {ctx.args[0]}" if pid else "the copy speaks"


@event("typing")
async def fork_at_event(event):
    fork("return")


def square(number):
    print(f"square of {number}")
    logging.getLogger("squares").warning("logged by %s", number)
    return number * number


def leave():
    time.sleep(3600)


@command("legal")
async def legal(ctx):
    with Pool(2) as pool:
        found = pool.map(square, [2, 3])
    with ProcessPoolExecutor(1) as pool:
        found.append(await asyncio.get_running_loop().run_in_executor(pool, square, 4))
    process = Process(target=leave)
    process.start()
    process.terminate()
    process.join()
    pid = os.fork()
    if not pid:
        os._exit(7)
    found.append(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
    return f"{found} {process.exitcode}"
'''

WAYS = ("exec", "exit", "raise", "return", "await", "task", "session")


def copies(fleet: Fleet) -> list[int]:
    """Return the PIDs of all copies that were made."""
    notes = fleet.home.root / "notes"
    return (
        [int(line.split()[1]) for line in notes.read_text().splitlines()] if notes.exists() else []
    )


async def all_gone(fleet: Fleet, count: int) -> None:
    """Return when so many copies were made, and none of them lives."""
    await fleet.until(lambda: len(copies(fleet)) == count, f"{count} copies")
    made = set(copies(fleet))
    await fleet.until(
        lambda: not made & {process.pid for process in fleet.processes()}, "the end of all copies"
    )


async def items_done(fleet: Fleet, items: int) -> int:
    """Return how many items of a job are done that has so many."""
    job: dict[str, Any] = await ended(
        fleet, await submit(fleet, "walk", [str(number) for number in range(items)])
    )
    assert job["status"] == "completed", job
    return int(job["counts"]["done"])


async def test_in_actions(start_fleet: StartFleet) -> None:
    """The copy is gone, its job has ended, and the runner has its channel to itself."""
    fleet = await start_fleet(FORKING)
    made = 0
    for action in ("fork", "fork-in-thread", "fork-in-task", "fork-in-to-thread"):
        for way in WAYS:
            job = await ended(fleet, await submit(fleet, action, way=way))
            assert job["status"] == "completed", job
            made += 1
    await all_gone(fleet, made)
    job = await ended(fleet, await submit(fleet, "fork-in-thread", ["a", "b"], way="items"))
    assert job["counts"]["done"] == 2
    await all_gone(fleet, made + 1)
    assert len(fleet.processes_named("meshvisor: runner")) == 1
    # More than one batch: what the copy would have taken away is asked for over the channel.
    assert await items_done(fleet, 3000) == 3000
    await fleet.logged("A forked copy ended with an error.*FileNotFoundError", source="lane-work")


@pytest.mark.parametrize("command", ["fork", "fork-in-thread"])
@pytest.mark.long
async def test_in_commands(start_fleet: StartFleet, playground: Playground, command: str) -> None:
    """The copy is not heard, neither in the room nor at the supervisor."""
    fleet = await start_fleet(FORKING)
    worker = await fleet.worker()
    await playground.wait_for_peer("lobby")
    for way in WAYS:
        assert (await playground.ask("lobby", f"?{command} {way}")).text == f"forked {way}"
    await all_gone(fleet, len(WAYS))
    assert (await playground.ask("lobby", "?ping")).text == "pong"
    said = [message.text for message in playground.room("lobby").chats.since(0)]
    assert "the copy speaks" not in said
    assert not [text for text in said if text.startswith("Sorry")]
    assert await fleet.worker() == worker
    assert (await fleet.command("restart", "lobby")).code == 0
    await fleet.worker(besides=worker)


@pytest.mark.long
async def test_processes_that_are_meant(start_fleet: StartFleet, playground: Playground) -> None:
    """What `multiprocessing` and `os._exit` do is left alone; they may log and be ended."""
    fleet = await start_fleet(FORKING)
    await fleet.worker()
    await playground.wait_for_peer("lobby")
    assert (await playground.ask("lobby", "?legal", timeout=30)).text == "[4, 9, 16, 7] -15"
    await fleet.logged("square of 4.*logged by 4", "lobby")
