"""Processes of a fleet that are killed from one moment to the next."""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import signal
from pathlib import Path

import psutil
import pytest

from meshvisor.playground.server import Playground
from meshvisor.shared.model.mesh import MeshState
from meshvisor.shared.paths import Home
from meshvisor.shared.store.readers import THREADS
from tests.faults.conftest import MakeFleet, StartFleet
from tests.fleet import Fleet
from tests.seeds import also_long

pytestmark = pytest.mark.faults


async def test_a_worker(start_fleet: StartFleet, playground: Playground) -> None:
    """A killed worker is back in its room, the reason is shown, and no other worker notices."""
    fleet = await start_fleet()
    killed, spared = await fleet.worker("lobby"), await fleet.worker("cinema")
    os.kill(killed, signal.SIGKILL)
    await fleet.worker("lobby", besides=killed)
    await playground.wait_for_peer("lobby")
    assert (await playground.ask("lobby", "?ping")).text == "pong"
    mesh = await fleet.mesh("lobby")
    assert mesh is not None
    assert (mesh.restarts, mesh.is_healthy) == (1, True)
    assert await fleet.worker("cinema") == spared
    await fleet.logged(r"the worker was killed by SIGKILL; restarted in 0.0 s", "lobby")


@pytest.mark.long
async def test_a_worker_that_is_asked_just_then(start_fleet: StartFleet) -> None:
    """Status requests to workers that die at that moment do no harm and are not waited for."""
    fleet = await start_fleet()
    for _ in range(10):
        before = {room: await fleet.worker(room) for room in ("lobby", "cinema")}
        for pid in before.values():
            os.kill(pid, signal.SIGKILL)
        report = await fleet.ask("poll")
        assert report["answers"] + len(report["unanswered"]) == report["total"]
        for room, pid in before.items():
            await fleet.worker(room, besides=pid)


async def test_a_worker_that_has_started_something(
    start_fleet: StartFleet, playground: Playground
) -> None:
    """What a plug-in has started goes with its worker, also when the zygote went before it."""
    fleet = await start_fleet(
        """
@command("offspring")
async def offspring(ctx):
    subprocess.Popen([sys.executable, "-c", "import signal; signal.pause()"])
    return "done"
"""
    )
    for killed in ("nobody", "the zygote"):
        worker = await fleet.worker()
        assert (await playground.ask("lobby", "?offspring")).text == "done"
        if killed == "the zygote":
            zygote = await fleet.zygote()
            os.kill(zygote, signal.SIGKILL)
            await fleet.gone(zygote)
        os.kill(worker, signal.SIGKILL)
        await fleet.worker(besides=worker)
        await playground.wait_for_peer("lobby")
        await fleet.until(lambda: not fleet.processes_named("pause"), "the offspring to be gone")
    await fleet.until(lambda: not fleet.zombies(), "no zombies")


@pytest.mark.long
async def test_what_a_plugin_starts_at_its_import(start_fleet: StartFleet) -> None:
    """A program that a plug-in starts when it is imported ends with the zygote."""
    fleet = await start_fleet(
        """
subprocess.Popen([sys.executable, "-c", "import signal; signal.pause()"])
"""
    )
    await fleet.worker()
    assert fleet.processes_named("pause")
    assert await fleet.stop() == 0
    await fleet.until(lambda: not fleet.processes(), "all processes to be gone")


async def test_the_zygote(start_fleet: StartFleet, playground: Playground) -> None:
    """A killed zygote costs no worker; its successor starts new ones and ends are still seen."""
    fleet = await start_fleet()
    before = {name: await fleet.worker(name) for name in ("lobby", "cinema")}
    zygote = await fleet.zygote()
    os.kill(zygote, signal.SIGKILL)
    await fleet.logged("the zygote was killed by SIGKILL; workers go on, a new one starts")
    assert {name: await fleet.worker(name) for name in before} == before
    # The old one's child, whose end only the supervisor can see now.
    os.kill(before["lobby"], signal.SIGKILL)
    await fleet.worker("lobby", besides=before["lobby"])
    assert await fleet.zygote() != zygote
    assert (await playground.ask("cinema", "?ping")).text == "pong"


async def test_the_supervisor(start_fleet: StartFleet, playground: Playground) -> None:
    """Nothing outlives the supervisor: no idle, spinning or stopped worker, nor their children.

    Started again, all meshes return, and what was blocked is blocked as before.
    """
    playground.add_room("workshop")
    playground.add_room("attic")
    fleet = await start_fleet(
        """
@command("spin")
async def spin(ctx):
    print("spinning")
    while True:
        pass

@command("offspring")
async def offspring(ctx):
    subprocess.Popen([sys.executable, "-c", "import signal; signal.pause()"])
    return "done"
""",
        fleet={"hung_after": 600},
    )
    await fleet.all_are(MeshState.CONNECTED, 4)
    await fleet.ask("block", mesh_id="attic")
    await fleet.mesh_is("attic", MeshState.BLOCKED)
    await fleet.until(fleet.home.below("config/blocklist.json").exists, "the blocklist file")
    blocked = await fleet.ask("blocklist_list")
    file = fleet.home.below("config/blocklist.json").read_bytes()
    playground.say("lobby", "?spin")
    await fleet.logged("spinning", "lobby")
    assert (await playground.ask("cinema", "?offspring")).text == "done"
    os.kill(await fleet.worker("workshop"), signal.SIGSTOP)
    assert len(fleet.processes()) == 6
    fleet.signal(signal.SIGKILL)
    assert await fleet.exit_code() == -signal.SIGKILL
    await fleet.until(lambda: not fleet.processes(), "all processes to be gone")
    assert fleet.home.control_socket.exists()

    again = Fleet(fleet.home)
    await again.start()
    for room in ("lobby", "cinema", "workshop"):
        await again.worker(room)
    assert (await again.mesh_is("attic", MeshState.BLOCKED)).pid is None
    assert fleet.home.below("config/blocklist.json").read_bytes() == file
    after = await again.ask("blocklist_list")
    for report in (blocked, after):
        for entry in report["blocked"]:
            del entry["remaining_seconds"]
    assert after == blocked
    await again.close()


@pytest.mark.parametrize("number", [signal.SIGKILL, *also_long([signal.SIGTERM])])
async def test_the_supervisor_while_it_starts(
    make_fleet: MakeFleet, playground: Playground, number: signal.Signals
) -> None:
    """At whatever moment of its start it ends, nothing is left and the next start goes well."""
    playground.add_room("workshop")
    fleet = make_fleet()

    async def has_grown_to(count: int) -> None:
        await fleet.until(lambda: len(fleet.processes()) >= count, f"{count} processes")

    for processes in range(6):
        fleet.launch()
        await has_grown_to(processes)
        fleet.signal(number)
        assert await fleet.exit_code() in {0, -number}
        await fleet.until(lambda: not fleet.processes(), "all processes to be gone")
    await fleet.start()
    await fleet.all_are(MeshState.CONNECTED, 3)


@pytest.mark.long
async def test_the_supervisor_with_its_own_playground(home: Home) -> None:
    """The playground of `run --playground` does not outlive the supervisor, not even stopped."""
    fleet = Fleet(home, {})
    await fleet.start("--playground", "--rooms", "1")
    await fleet.worker("lobby")
    (playground,) = fleet.processes_named("-m meshvisor.playground")
    playground.suspend()
    fleet.signal(signal.SIGKILL)
    await fleet.exit_code()
    await fleet.close()


@pytest.mark.long
async def test_the_playground(home: Home) -> None:
    """A killed playground is started again at the same address, and all meshes return."""
    fleet = Fleet(home, {})
    await fleet.start("--playground", "--rooms", "2")
    await fleet.all_are(MeshState.CONNECTED, 2)
    (playground,) = fleet.processes_named("-m meshvisor.playground")
    playground.kill()
    await fleet.all_are(MeshState.DISCONNECTED, 2)
    status = await fleet.all_are(MeshState.CONNECTED, 2)
    assert [mesh.restarts for mesh in status.meshes] == [0, 0]
    assert status.totals.blocked == 0
    await fleet.close()


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.some(1)
async def test_whatever_is_killed(
    start_fleet: StartFleet, playground: Playground, seed: int, chance: random.Random
) -> None:
    """After thirty random kills everything is connected and nothing has leaked."""
    for number in range(6):
        playground.add_room(f"room-{number}")
    fleet = await start_fleet()
    await fleet.all_are(MeshState.CONNECTED, 8)
    descriptors = fleet.descriptors()
    for _ in range(30):
        victims = [p for p in fleet.processes() if p.pid != fleet.pid]
        if victims:
            with contextlib.suppress(psutil.NoSuchProcess):
                chance.choice(victims).kill()
        await asyncio.sleep(chance.choice([0, 0, 0.01, 0.1]))
    await fleet.all_are(MeshState.CONNECTED, 8)
    await fleet.until(lambda: len(fleet.processes()) == 10, "one process per mesh and no more")
    await fleet.until(lambda: not fleet.zombies(), "no zombies")
    await fleet.until(lambda: fleet.descriptors() <= descriptors, "no descriptor to be left")
    # One writes, and one more reads what is asked for in the loop itself.
    assert fleet.database_connections() <= 2 + THREADS


async def test_whom_the_kernel_ends_first(start_fleet: StartFleet) -> None:
    """When memory runs out, the zygote and its forks are to go before the supervisor."""
    fleet = await start_fleet()
    processes = (fleet.pid, await fleet.zygote(), await fleet.worker())
    supervisor, *others = map(adjustment_of, processes)
    assert min(others) > supervisor


def adjustment_of(pid: int) -> int:
    """Return what is added to the score by which the kernel chooses."""
    return int(Path(f"/proc/{pid}/oom_score_adj").read_text())
