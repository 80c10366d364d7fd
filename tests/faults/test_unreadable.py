"""Files of a home that are there and cannot be read: no start without them, no change by them."""

from __future__ import annotations

import asyncio
import fcntl
import json
import os
import resource
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from meshvisor.playground.server import Playground
from meshvisor.shared.model.mesh import MeshState
from meshvisor.shared.paths import Home
from tests.faults.conftest import StartFleet
from tests.faults.test_files import AS_ORDINARY_USER
from tests.fleet import PROGRAM, PROJECT, Fleet

pytestmark = pytest.mark.faults

KICKED = {"blockedMeshes": {"lobby": {"reason": "kicked", "blockedUntil": None}}}

FILES = [
    "config/meshvisor.toml",
    "config/credentials.json",
    "config/database.json",
    "config/blocklist.json",
    "config/plugins",
]


def close_to_us(path: Path) -> None:
    """Make it another user's file, as a deployment by root does."""
    if path.name == "plugins":
        path.mkdir(mode=0o000)
    else:
        path.touch()
        path.chmod(0o000)


def make_pipe(path: Path) -> None:
    """Put a named pipe there, whose reader waits for a writer."""
    os.mkfifo(path, 0o600)


def make_folder(path: Path) -> None:
    """Put a folder there, as a mount of a missing file does."""
    path.mkdir()


def link_to_nowhere(path: Path) -> None:
    """Link to a disk that is not mounted."""
    path.symlink_to("/nowhere/at-all")


async def as_ordinary_user(home: Home, *arguments: str) -> tuple[int, str, str]:
    """Return how a command ends for a user whom modes of files hold for, and what it said."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", AS_ORDINARY_USER, *PROGRAM, *arguments, "--home", str(home.root)),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=PROJECT,
    )
    out, err = await process.communicate()
    return process.returncode or 0, out.decode(), err.decode()


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("spoil", [close_to_us, make_pipe, make_folder, link_to_nowhere])
@pytest.mark.some(3)
async def test_no_start_without_it(home: Home, name: str, spoil: Callable[[Path], None]) -> None:
    """What is there and cannot be read is named with what mends it, and nothing waits for it."""
    path = home.below(name)
    if name == "config/plugins" and spoil is make_folder:
        pytest.skip("a folder is what it has to be")
    home.config.mkdir(mode=0o700)
    spoil(path)
    code, _, err = await as_ordinary_user(home, "run")
    assert code == 3, err
    assert str(path) in err
    assert err.count("\n") == 1
    assert "Traceback" not in err


@pytest.mark.parametrize(
    ("name", "command"),
    [
        ("config/blocklist.json", ("blocklist", "list")),
        ("config/blocklist.json", ("blocklist", "block", "attic")),
        ("config/credentials.json", ("admin", "list")),
        ("config/database.json", ("admin", "add", "5")),
        ("config/meshvisor.toml", ("jobs", "list")),
        ("var/meshvisor.db", ("salvage",)),
    ],
)
@pytest.mark.parametrize("spoil", [close_to_us, make_pipe])
@pytest.mark.some(2)
async def test_commands_without_a_supervisor(
    home: Home, name: str, command: tuple[str, ...], spoil: Callable[[Path], None]
) -> None:
    """They are refused like a start, change nothing, and the doctor fails the file."""
    home.config.mkdir(mode=0o700)
    home.var.mkdir(mode=0o700)
    path = home.below(name)
    spoil(path)
    before = path.stat()
    code, out, err = await as_ordinary_user(home, *command)
    assert (code, out) == (3, ""), err
    assert str(path) in err
    assert os.path.samestat(path.stat(), before)
    assert len(list(home.config.iterdir())) == name.startswith("config")
    code, out, _ = await as_ordinary_user(home, "doctor")
    assert code == 1
    assert any(line.startswith("fail") and str(path) in line for line in out.splitlines()), out


async def test_pipes_in_a_running_home(start_fleet: StartFleet, home: Home) -> None:
    """A supervisor whose files become pipes says so, goes on, and reads them again afterwards."""
    fleet = await start_fleet()
    await fleet.ask("block", mesh_id="cinema")
    worker = await fleet.worker()
    paths = [home.below("config/blocklist.json"), home.credentials_file]
    before = home.below("config/blocklist.json").read_bytes()
    for path in paths:
        path.unlink(missing_ok=True)
        os.mkfifo(path, 0o600)
    for log in home.logs.glob("*.log"):
        log.unlink()
        os.mkfifo(log, 0o600)

    async def is_shown() -> bool:
        status = (await fleet.status()).supervisor
        said = " ".join((*status.problems, *status.directory.problems))
        return all(f"{path} cannot be read (it is not a file)" in said for path in paths)

    await fleet.until_told(is_shown, "the status to name both")
    assert await fleet.worker() == worker
    await fleet.mesh_is("cinema", MeshState.BLOCKED)
    for path in (*paths, *home.logs.glob("*.log")):
        path.unlink()
    home.below("config/blocklist.json").write_bytes(before)

    async def well() -> bool:
        status = (await fleet.status()).supervisor
        return not status.problems and not status.directory.problems

    await fleet.until_told(well, "all to be well")
    assert (await fleet.mesh_is("cinema", MeshState.BLOCKED)).pid is None
    assert await fleet.stop() == 0


@pytest.mark.long
async def test_short_of_descriptors_while_it_is_edited(
    start_fleet: StartFleet, playground: Playground, home: Home
) -> None:
    """An edit that could not be read at once holds as soon as there are descriptors again."""
    fleet = await start_fleet()
    await fleet.all_are(MeshState.CONNECTED, 2)
    soft, hard = resource.prlimit(fleet.pid, resource.RLIMIT_NOFILE)
    # The standard streams have the only numbers that there are: nothing can be opened.
    resource.prlimit(fleet.pid, resource.RLIMIT_NOFILE, (3, hard))
    home.below("config/blocklist.json").write_text(json.dumps(KICKED))
    await fleet.until(lambda: "oo many open files" in fleet.output, "it to say so")
    resource.prlimit(fleet.pid, resource.RLIMIT_NOFILE, (soft, hard))
    assert (await fleet.mesh_is("lobby", MeshState.BLOCKED)).pid is None
    await fleet.ask("block", mesh_id="workshop")
    assert not list(home.config.glob("*.corrupt-*"))
    file = json.loads(home.below("config/blocklist.json").read_text())["blockedMeshes"]
    assert list(file) == ["lobby", "workshop"]


@pytest.mark.long
async def test_file_that_is_held(start_fleet: StartFleet, home: Home) -> None:
    """A file that opening would wait for stops nothing, and is read when its holder lets go."""
    fleet = await start_fleet()
    await fleet.all_are(MeshState.CONNECTED, 2)
    # Sent to the holder of a lease when the file is opened; it would end the tests.
    before = signal.signal(signal.SIGIO, signal.SIG_IGN)
    new = home.root / "new.json"
    new.write_text(json.dumps(KICKED))
    descriptor = os.open(new, os.O_RDWR)
    try:
        try:
            fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_WRLCK)
        except OSError as error:
            pytest.skip(f"no leases on this file system: {error}")
        new.rename(home.below("config/blocklist.json"))

        async def is_shown() -> bool:
            problems = (await fleet.status()).supervisor.problems
            return any("another program holds it" in text for text in problems)

        await fleet.until_told(is_shown, "the status to say so")
        assert (await fleet.status()).totals.connected == 2
    finally:
        os.close(descriptor)
        signal.signal(signal.SIGIO, before)
    await fleet.mesh_is("lobby", MeshState.BLOCKED)


@pytest.mark.long
async def test_slip_in_the_entry_of_a_kick(
    start_fleet: StartFleet, playground: Playground, home: Home
) -> None:
    """The bot does not go back into a room that has kicked it, and everything names the slip."""
    fleet = await start_fleet()
    playground.kick("lobby", await playground.wait_for_peer("lobby"))
    await fleet.mesh_is("lobby", MeshState.BLOCKED)
    path = home.below("config/blocklist.json")
    await fleet.until(path.exists, "the file")
    connects = len(playground.connects("lobby"))
    path.write_text(path.read_text().replace('"kicked"', '"because"'))

    async def is_shown() -> bool:
        return any("'because'" in text for text in (await fleet.status()).supervisor.problems)

    await fleet.until_told(is_shown, "the status to name it")
    (entry,) = (await fleet.ask("blocklist_list"))["blocked"]
    assert (entry["mesh_id"], entry["reason"]) == ("lobby", "unreadable")
    assert "'because'" in entry["problem"]
    assert "'because'" in (await fleet.command("blocklist", "list")).out
    assert "'because'" in (await fleet.command("doctor")).out
    assert await fleet.stop() == 0
    again = Fleet(home)
    await again.start()
    await again.worker("cinema")
    await again.mesh_is("lobby", MeshState.BLOCKED)
    assert len(playground.connects("lobby")) == connects
    await again.ask("unblock", mesh_id="lobby")
    await again.worker("lobby")
    await again.close()
