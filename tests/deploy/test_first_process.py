"""The supervisor is fit to be the first process of a container: PID 1 of a namespace of its own."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import AsyncIterator
from typing import Final

import psutil
import pytest

from meshvisor.shared.model.mesh import MeshState
from meshvisor.shared.paths import Home
from tests.fleet import PROGRAM, Fleet

UNSHARE: Final = (
    *("unshare", "--user", "--map-root-user", "--pid", "--fork"),
    *("--mount-proc", "--kill-child"),
)
"""Runs a program as PID 1, without asking for any rights."""

LAUNCHER: Final = f"""
import os, sys
line = [*{json.dumps(UNSHARE)}, sys.executable, *{json.dumps(PROGRAM)}, *sys.argv[1:]]
os.execvp(line[0], line)
"""


@pytest.fixture(scope="module")
def _namespaces() -> None:
    """Skip where the kernel refuses namespaces: in many a container."""
    if not shutil.which("unshare") or subprocess.run([*UNSHARE, "true"], check=False).returncode:
        pytest.skip("PID namespaces cannot be made here")


@pytest.fixture
async def fleet(home: Home, _namespaces: None) -> AsyncIterator[Fleet]:
    """Return a fleet of one room whose supervisor is PID 1."""
    fleet = Fleet(home, {})
    try:
        await fleet.start("--playground", "--rooms", "1", program=("-c", LAUNCHER))
        yield fleet
    finally:
        await fleet.close()


def first_process(fleet: Fleet) -> psutil.Process:
    """Return the supervisor as it is seen from outside its namespace."""
    (child,) = psutil.Process(fleet.pid).children()
    return child


async def test_it_stops_when_it_is_asked_to(fleet: Fleet) -> None:
    """SIGTERM, which the kernel keeps from a PID 1 that does not ask for it, ends it in order."""
    await fleet.worker()
    assert (await fleet.status()).supervisor.pid == 1

    first_process(fleet).terminate()

    assert await fleet.exit_code() == 0
    assert "stopped" in fleet.output


async def test_it_reaps_what_becomes_its_child(fleet: Fleet) -> None:
    """A worker that outlives its zygote ends as a child of PID 1: reaped, and replaced."""
    before = await fleet.worker()
    supervisor = first_process(fleet)
    (worker,) = fleet.processes_named("meshvisor: worker lobby")

    psutil.Process(await fleet.zygote()).kill()
    await fleet.until(lambda: worker.ppid() == supervisor.pid, "the worker to change its parent")
    worker.kill()

    await fleet.mesh_is("lobby", MeshState.CONNECTED, besides=before)
    await fleet.until(lambda: not fleet.zombies(), "the dead to be reaped")
    supervisor.terminate()
    assert await fleet.exit_code() == 0
