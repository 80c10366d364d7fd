"""What a program has started ends with the program, in whatever way that ends."""

from __future__ import annotations

import asyncio
import os
from typing import Final

import psutil
import pytest

from meshvisor.worker.mesh.transport import EndKind, Observed
from tests.features.program.conftest import MakeMesh
from tests.features.program.programs import PATIENCE, Mesh

STARTS: Final = """
import subprocess
SLEEP = [sys.executable, "-S", "-c", "import time; time.sleep(600)"]
DAEMON = '''
import subprocess, sys
print(subprocess.Popen(sys.argv[1:], start_new_session=True, stdout=subprocess.DEVNULL).pid)
'''
wait()
pids = [subprocess.Popen(SLEEP).pid, subprocess.Popen(SLEEP, start_new_session=True, env={}).pid]
daemon = subprocess.run([sys.executable, "-S", "-c", DAEMON, *SLEEP], env={}, stdout=-1)
pids.append(int(daemon.stdout))
joined(heartbeat=True)
tell("observed", kind="started", data={"pids": pids, "pid": os.getpid()})
tell("pong", id=wait("ping")["id"])
"""
"""Starts one in its group, one in a session of its own, and one that has no parent any more."""


async def started(mesh: Mesh) -> list[psutil.Process]:
    """Join, and return what the program has started."""
    await mesh.join()
    data = (await mesh.expect(Observed)).data
    found = [psutil.Process(pid) for pid in data["pids"]]
    assert all(process.is_running() for process in found)
    return found


async def are_gone(processes: list[psutil.Process]) -> None:
    """Return when none of them lives."""
    async with asyncio.timeout(PATIENCE):
        while any(_lives(process) for process in processes):
            await asyncio.sleep(0.01)


def _lives(process: psutil.Process) -> bool:
    try:
        return process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


@pytest.mark.parametrize(
    "body",
    [
        "sys.exit(3)",
        "os.kill(os.getpid(), signal.SIGKILL)",
        "time.sleep(600)",
        "signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(600)",
        "os.killpg(0, signal.SIGTERM)",
    ],
)
async def test_a_program_that_ends_or_hangs(make: MakeMesh, body: str) -> None:
    """Nothing of it is left when the stay is over."""
    mesh = make(STARTS + body)
    processes = await started(mesh)
    assert (await mesh.ended()).kind is EndKind.LOST
    await are_gone(processes)


@pytest.mark.parametrize("politely", [True, False])
async def test_leaving(make: MakeMesh, politely: bool) -> None:
    """The same when the bot leaves."""
    mesh = make(STARTS + "wait('leave')")
    processes = await started(mesh)
    await mesh.transport.leave("bye", politely=politely)
    await are_gone(processes)


async def test_a_program_behind_a_shell(make: MakeMesh) -> None:
    """What a shell, npx or another runner has started is ended with it."""
    mesh = make(
        """
if sys.argv[1:] != ["real"]:
    script = '"$0" -S "$1" real; true'
    os.execv("/bin/sh", ["sh", "-c", script, sys.executable, sys.argv[0]])
wait(); joined(heartbeat=True)
tell("observed", kind="started", data={"pids": [os.getpid(), os.getppid()]})
time.sleep(600)
"""
    )
    processes = await started(mesh)
    assert (await mesh.ended()).kind is EndKind.LOST
    await are_gone(processes)


async def test_what_belongs_to_others(make: MakeMesh) -> None:
    """What another program of the same worker has started is left alone."""
    first, second = make(STARTS + "wait('leave')"), make(STARTS + "wait('never')")
    theirs, mine = await started(first), await started(second)
    assert os.getpgrp() not in {os.getpgid(process.pid) for process in (*theirs, *mine)}
    await first.transport.leave("bye")
    await are_gone(theirs)
    assert all(_lives(process) for process in mine)
