"""Processes that live but do nothing any more."""

from __future__ import annotations

import os
import signal

import pytest

from meshvisor.playground.server import Playground
from meshvisor.shared.model.mesh import MeshState
from tests.faults.conftest import StartFleet

pytestmark = pytest.mark.faults

WATCHFUL = {"hung_after": 1}
"""The shortest that the settings allow: these tests wait for it."""


async def test_a_worker_in_an_endless_loop(start_fleet: StartFleet, playground: Playground) -> None:
    """A spinning worker is replaced, and the stacks in its log show where it span."""
    fleet = await start_fleet(
        """
@command("spin")
async def spin(ctx):
    while True:
        pass
""",
        fleet=WATCHFUL,
    )
    spinning, spared = await fleet.worker("lobby"), await fleet.worker("cinema")
    playground.say("lobby", "?spin")
    await fleet.worker("lobby", besides=spinning)
    await fleet.logged(r"in spin\b", "lobby")
    await fleet.logged(r"hung: its event loop has not run for [\d.]+ s; it is replaced", "lobby")
    mesh = await fleet.mesh("lobby")
    assert mesh is not None
    assert mesh.restarts == 1
    assert (await playground.ask("lobby", "?ping")).text == "pong"
    assert await fleet.worker("cinema") == spared


async def test_a_stopped_worker(start_fleet: StartFleet, playground: Playground) -> None:
    """A worker that is stopped by a signal is replaced like one that spins."""
    fleet = await start_fleet(fleet=WATCHFUL)
    stopped = await fleet.worker("lobby")
    os.kill(stopped, signal.SIGSTOP)
    await fleet.worker("lobby", besides=stopped)
    assert (await playground.ask("lobby", "?ping")).text == "pong"
    assert stopped not in [process.pid for process in fleet.processes()]


@pytest.mark.long
async def test_a_thread_that_blocks_does_no_harm(
    start_fleet: StartFleet, playground: Playground
) -> None:
    """A plain function may take as long as it likes: it has a thread, and the loop goes on."""
    fleet = await start_fleet(
        """
@command("wait")
def wait(ctx):
    time.sleep(3600)
""",
        fleet=WATCHFUL,
    )
    worker, stopped = await fleet.worker("lobby"), await fleet.worker("cinema")
    playground.say("lobby", "?wait")
    # When this one has been found out, the other one has been judged as often.
    os.kill(stopped, signal.SIGSTOP)
    await fleet.worker("cinema", besides=stopped)
    assert await fleet.worker("lobby") == worker
    assert (await playground.ask("lobby", "?ping")).text == "pong"


async def test_a_stopped_zygote(start_fleet: StartFleet, playground: Playground) -> None:
    """A zygote that does not report the end of its child is replaced, and holds up no stop."""
    fleet = await start_fleet()
    worker, zygote = await fleet.worker("lobby"), await fleet.zygote()
    os.kill(zygote, signal.SIGSTOP)
    os.kill(worker, signal.SIGKILL)
    await fleet.worker("lobby", besides=worker)
    successor = await fleet.zygote()
    assert successor != zygote
    mesh = await fleet.mesh("lobby")
    assert mesh is not None
    assert mesh.last_error == "the worker was killed by SIGKILL"
    assert (await playground.ask("lobby", "?ping")).text == "pong"
    os.kill(successor, signal.SIGSTOP)
    assert await fleet.stop() == 0


@pytest.mark.long
async def test_all_workers_at_once(start_fleet: StartFleet, playground: Playground) -> None:
    """A fleet whose every worker is stopped is whole again, without help."""
    for number in range(8):
        playground.add_room(f"room-{number}")
    fleet = await start_fleet(fleet=WATCHFUL)
    status = await fleet.all_are(MeshState.CONNECTED, 10)
    stopped = {mesh.mesh_id: mesh.pid for mesh in status.meshes}
    for pid in stopped.values():
        assert pid is not None
        os.kill(pid, signal.SIGSTOP)
    for mesh_id, pid in stopped.items():
        await fleet.worker(mesh_id, besides=pid)
    await fleet.until(lambda: len(fleet.processes()) == 12, "one process per mesh and no more")
