"""A home whose files and folders are removed, moved or replaced while a supervisor runs on it."""

from __future__ import annotations

import asyncio
import shutil
import signal
import sys
from collections.abc import Callable

import pytest

from meshvisor.playground.server import Playground
from meshvisor.shared.model.mesh import MeshState
from meshvisor.shared.paths import Home
from tests.faults.conftest import MakeFleet, StartFleet
from tests.faults.test_files import AS_ORDINARY_USER
from tests.fleet import PROGRAM, PROJECT, Fleet
from tests.seeds import also_long

pytestmark = pytest.mark.faults

ORPHANS = """
@command("leave")
async def leave(ctx):
    script = "for i in 1 2 3 4 5; do sleep 0 & echo $!; done"
    shell = await asyncio.create_subprocess_exec("sh", "-c", script, stdout=subprocess.PIPE)
    pids, _ = await shell.communicate()
    while any(lives(pid) for pid in pids.decode().split()):
        await asyncio.sleep(0.01)
    await ctx.reply("left")

def lives(pid):
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):  # reaped before or while it is read
        return False
"""


def remove_run(home: Home) -> None:
    """Do what a sweeper of temporary files does."""
    shutil.rmtree(home.run)


def remove_var(home: Home) -> None:
    """Remove all that the product writes."""
    shutil.rmtree(home.var)


def rename_var(home: Home) -> None:
    """Move all of it away."""
    home.var.rename(home.root / "var.old")


def remove_lock(home: Home) -> None:
    """Remove the lock's file only."""
    home.lock_file.unlink()


def replace_lock(home: Home) -> None:
    """Put another file into the place of the lock's, as a restored backup does."""
    home.lock_file.unlink()
    home.lock_file.write_text("4711\n")


def blocklist_of(home: Home) -> str:
    """Return the text of a home's blocklist, empty if there is none."""
    path = home.below("config/blocklist.json")
    return path.read_text() if path.exists() else ""


def is_kept(fleet: Fleet) -> bool:
    """Say whether lock and socket are back in the hands of a supervisor."""
    home = fleet.home
    if not home.control_socket.is_socket() or not home.lock_file.is_file():
        return False
    return home.lock_file.read_text() == f"{fleet.pid}\n"


@pytest.mark.parametrize(
    "harm", [remove_var, replace_lock, *also_long([remove_run, rename_var, remove_lock])]
)
@pytest.mark.some(1)
async def test_no_other_process_gets_the_home(
    start_fleet: StartFleet, home: Home, harm: Callable[[Home], None]
) -> None:
    """Whatever happens to the lock's file, a second supervisor or a command is kept out."""
    fleet = await start_fleet()
    worker = await fleet.worker()
    harm(home)
    # At once, so that they come before the first one has noticed anything.
    run, salvage, admin = await asyncio.gather(
        fleet.command("run"), fleet.command("salvage"), fleet.command("admin", "add", "5")
    )
    assert (run.code, salvage.code) == (1, 1)
    if home.database.exists():
        # Answered by the supervisor, who knows of it then.
        assert admin.code == 0, admin.err
        assert (await fleet.status()).supervisor.directory.admins == 1
    assert f"runs on {home.root} already (PID {fleet.pid})" in run.err
    assert "already (PID" in salvage.err
    await fleet.until(lambda: is_kept(fleet), "the lock and the socket to be back")
    assert {oct(folder.stat().st_mode & 0o777) for folder in (home.var, home.run)} == {"0o700"}
    socket_file = home.control_socket.stat().st_ino
    assert f"already (PID {fleet.pid})" in (await fleet.command("run")).err
    assert home.control_socket.stat().st_ino == socket_file
    status = await fleet.status()
    assert status.supervisor.pid == fleet.pid
    assert await fleet.worker() == worker
    assert await fleet.stop() == 0


async def test_moved_home(start_fleet: StartFleet, home: Home) -> None:
    """A home that was moved stays locked, and nothing is made where it was before."""
    fleet = await start_fleet()
    await fleet.all_are(MeshState.CONNECTED, 2)
    moved = Home(home.root.with_name(f"{home.root.name}-moved"))
    home.root.rename(moved.root)
    try:
        elsewhere = Fleet(moved)
        run = await elsewhere.command("run")
        assert run.code == 1
        assert f"already (PID {fleet.pid})" in run.err

        async def is_shown() -> bool:
            problems = (await elsewhere.status()).supervisor.problems
            return any("was moved away" in text for text in problems)

        await elsewhere.until_told(is_shown, "the status to say so")
        assert (await elsewhere.status()).totals.connected == 2
        assert not home.control_socket.exists()
    finally:
        shutil.rmtree(home.root, ignore_errors=True)
        moved.root.rename(home.root)
    assert await fleet.stop() == 0


@pytest.mark.long
async def test_changes_of_a_moved_home(start_fleet: StartFleet, home: Home) -> None:
    """They are refused or said to be in danger, and are there when the home is put back."""
    fleet = await start_fleet()
    await fleet.all_are(MeshState.CONNECTED, 2)
    moved = Home(home.root.with_name(f"{home.root.name}-moved"))
    home.root.rename(moved.root)
    try:
        elsewhere = Fleet(moved)
        reload = await elsewhere.command("config", "reload")
        block = await elsewhere.command("blocklist", "block", "cinema")
        await elsewhere.mesh_is("cinema", MeshState.BLOCKED)
        assert (reload.code, block.code) == (3, 1)
        assert "was moved away" in reload.err
        assert "cinema is blocked for ever." in block.out
        assert "That holds until meshvisor ends" in block.err
        # Else it could not be put back: `mv` would move it into what is there.
        assert not home.root.exists()
    finally:
        shutil.rmtree(home.root, ignore_errors=True)
        moved.root.rename(home.root)
    await fleet.until(lambda: "cinema" in blocklist_of(home), "the block to be written")
    assert (await fleet.command("config", "reload")).code == 0
    assert (await fleet.mesh_is("lobby", MeshState.CONNECTED)).restarts == 0
    assert await fleet.stop() == 0


@pytest.mark.long
async def test_orphans_of_a_supervisor_that_hears_of_no_child(
    make_fleet: MakeFleet, playground: Playground
) -> None:
    """With SIGCHLD blocked by its parent, it still reaps what workers leave behind."""
    fleet = make_fleet(ORPHANS)
    before = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGCHLD])
    try:
        fleet.launch()
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
    await playground.wait_for_peer("lobby")
    assert (await playground.ask("lobby", "?leave")).text == "left"
    await fleet.until(lambda: not fleet.zombies(), "the orphans to be reaped")


@pytest.mark.parametrize("umask", [0o177, 0o777])
@pytest.mark.long
async def test_odd_umask(home: Home, umask: int) -> None:
    """What a command makes stays usable for its user, and closed to others."""
    for _ in range(2):
        process = await asyncio.create_subprocess_exec(
            *(
                sys.executable,
                "-c",
                AS_ORDINARY_USER,
                *PROGRAM,
                "admin",
                "add",
                "5",
                "--home",
                home.root,
            ),
            stderr=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.DEVNULL,
            umask=umask,
            cwd=PROJECT,
        )
        _, err = await process.communicate()
        assert process.returncode == 0, err
    assert oct(home.database.stat().st_mode & 0o777) == "0o600"
    assert oct(home.run.stat().st_mode & 0o777) == "0o700"
