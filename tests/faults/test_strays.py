"""Programs that leave the process group and the session of their parent."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable

import psutil
import pytest

from meshvisor.playground.server import Playground
from meshvisor.shared.model.mesh import MeshState
from tests.faults.conftest import MakeFleet, StartFleet
from tests.faults.test_threads import ended, submit
from tests.fleet import Fleet

pytestmark = pytest.mark.faults

LEAVING = r'''
SLEEP = [sys.executable, "-c", "import time; time.sleep(3600)"]

def note(name, pid):
    with open("strays", "a") as file:
        file.write(f"{name} {pid}\n")

def double_fork(name):
    """Start a daemon as they are started: its parent is gone, and it has nothing of ours."""
    code = f"""
import os, subprocess, sys
p = subprocess.Popen({SLEEP!r}, start_new_session=True, env={{}}, close_fds=False)
open("strays", "a").write(f"{name} {{p.pid}}\\n")
"""
    subprocess.run([sys.executable, "-c", code], env={}, check=True)

def leave(name):
    note(name, subprocess.Popen(SLEEP, start_new_session=True).pid)
    note(name, subprocess.Popen(SLEEP, start_new_session=True, env={}, cwd="/").pid)
    note(name, subprocess.Popen(SLEEP).pid)
    double_fork(name)
    pid = os.fork()
    if not pid:
        os.setsid()
        note(name, os.getpid())
        time.sleep(3600)
        os._exit(0)
    # One that has started another in a session of yet another kind.
    code = f"import subprocess; p = subprocess.Popen({SLEEP!r}, start_new_session=True)"
    code += f'\nopen("strays", "a").write(f"{name} {{p.pid}}\\n")\np.wait()'
    note(name, subprocess.Popen([sys.executable, "-c", code], start_new_session=True).pid)

COUNT = 7

@command("leave")
async def leave_command(ctx):
    leave(ctx.mesh.id)
    return "left"

@action("leave", lane="work", retries=0)
async def leave_action(job):
    leave("runner")
'''

COUNT = 7
"""Programs that `leave` starts."""


def strays(fleet: Fleet, name: str) -> list[int]:
    """Return the PIDs of what a process has left, that live."""
    path = fleet.home.root / "strays"
    lines = path.read_text().splitlines() if path.exists() else []
    pids = [int(line.split()[1]) for line in lines if line.split()[0] == name]
    return [pid for pid in pids if _lives(pid)]


def _lives(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


async def all_live(fleet: Fleet, name: str) -> None:
    """Return when all that a process has left lives."""
    await fleet.until(lambda: len(strays(fleet, name)) == COUNT, f"all that {name} has left")


async def none_lives(fleet: Fleet, name: str) -> None:
    """Return when nothing lives that a process has left."""
    await fleet.until(lambda: not strays(fleet, name), f"the end of what {name} has left")


async def start(start_fleet: StartFleet, playground: Playground) -> Fleet:
    """Return a fleet in which both bots have left something."""
    fleet = await start_fleet(LEAVING)
    for room in ("lobby", "cinema"):
        await fleet.worker(room)
        await playground.wait_for_peer(room)
        assert (await playground.ask(room, "?leave")).text == "left"
        await all_live(fleet, room)
    return fleet


async def test_a_worker_that_is_killed_or_restarted(
    start_fleet: StartFleet, playground: Playground
) -> None:
    """What it has started goes with it, and with no other; no descriptor of it stays."""
    fleet = await start(start_fleet, playground)
    before = sum(fleet.descriptors().values())
    worker = await fleet.worker()
    os.kill(worker, signal.SIGKILL)
    await fleet.worker(besides=worker)
    await none_lives(fleet, "lobby")
    assert len(strays(fleet, "cinema")) == COUNT
    await playground.wait_for_peer("lobby")
    await playground.ask("lobby", "?leave")
    await all_live(fleet, "lobby")
    assert (await fleet.command("restart", "lobby")).code == 0
    await none_lives(fleet, "lobby")
    assert len(strays(fleet, "cinema")) == COUNT
    await fleet.mesh_is("lobby", MeshState.CONNECTED)
    await fleet.until(
        lambda: sum(fleet.descriptors().values()) <= before, "as many descriptors as before"
    )


async def test_a_runner_that_ends(start_fleet: StartFleet) -> None:
    """The same for what actions have started."""
    fleet = await start_fleet(LEAVING, jobs={"runner_max_jobs": 1})
    assert (await ended(fleet, await submit(fleet, "leave")))["status"] == "completed"
    await none_lives(fleet, "runner")


@pytest.mark.long
async def test_without_the_zygote(start_fleet: StartFleet, playground: Playground) -> None:
    """The supervisor has them as children then, and ends them in its place."""
    fleet = await start(start_fleet, playground)
    zygote, worker = await fleet.zygote(), await fleet.worker()
    os.kill(zygote, signal.SIGKILL)
    await fleet.gone(zygote)
    await fleet.zygote()
    os.kill(worker, signal.SIGKILL)
    await fleet.worker(besides=worker)
    await none_lives(fleet, "lobby")
    assert len(strays(fleet, "cinema")) == COUNT
    assert await fleet.stop() == 0
    await none_lives(fleet, "cinema")


def _stop_politely(fleet: Fleet) -> None:
    fleet.signal(signal.SIGTERM)


def _kill(fleet: Fleet) -> None:
    fleet.signal(signal.SIGKILL)


@pytest.mark.parametrize("end", [_stop_politely, _kill])
@pytest.mark.some(1)
async def test_the_end_of_the_supervisor(
    start_fleet: StartFleet, playground: Playground, end: Callable[[Fleet], None]
) -> None:
    """Nothing of it is left, however it ends."""
    fleet = await start(start_fleet, playground)
    end(fleet)
    await fleet.exit_code()
    for room in ("lobby", "cinema"):
        await none_lives(fleet, room)


@pytest.mark.long
async def test_a_stopped_zygote_and_a_killed_supervisor(
    start_fleet: StartFleet, playground: Playground
) -> None:
    """The kernel has the zygote go on, for as long as it takes to end everything."""
    fleet = await start(start_fleet, playground)
    zygote = await fleet.zygote()
    os.kill(zygote, signal.SIGSTOP)
    fleet.signal(signal.SIGKILL)
    await fleet.gone(zygote)
    for room in ("lobby", "cinema"):
        await none_lives(fleet, room)


@pytest.mark.long
async def test_what_belongs_to_no_process_of_ours(
    make_fleet: MakeFleet, playground: Playground
) -> None:
    """Programs that the supervisor was given by others are none of its business."""
    fleet = make_fleet(LEAVING)
    # A shell that starts a program and then becomes the supervisor, whose child it is from then on.
    shell = 'sleep 3600 & echo "foreign $!" >> "$0/strays"; exec "$@"'
    await fleet.start(before=("sh", "-c", shell, str(fleet.home.root)))
    worker = await fleet.worker()
    (foreign,) = strays(fleet, "foreign")
    try:
        assert psutil.Process(foreign).ppid() == fleet.pid
        for pid in (await fleet.zygote(), worker):
            os.kill(pid, signal.SIGKILL)
        await fleet.worker(besides=worker)
        assert await fleet.stop() == 0
        assert strays(fleet, "foreign") == [foreign]
    finally:
        os.kill(foreign, signal.SIGKILL)


@pytest.mark.long
async def test_at_the_import(make_fleet: MakeFleet) -> None:
    """What a plug-in starts while it is tried ends with the trial, the rest with the zygote."""
    fleet = make_fleet(f"{LEAVING}\nleave('import')")
    await fleet.start()
    await fleet.worker()
    await fleet.until(lambda: len(strays(fleet, "import")) == COUNT, "the end of the trial")
    assert await fleet.stop() == 0
    await none_lives(fleet, "import")
