"""Files that cannot be written, are damaged, were left over, or belong to another user."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from meshvisor.playground.server import Playground
from meshvisor.shared.model.mesh import MeshState
from meshvisor.shared.paths import Home
from tests.faults.conftest import StartFleet, full_disk
from tests.fleet import PROGRAM, PROJECT, Fleet

pytestmark = pytest.mark.faults

AS_ORDINARY_USER = """
import ctypes, os, sys
for may_open_everything in (1, 2):  # CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH
    ctypes.CDLL(None).prctl(24, may_open_everything, 0, 0, 0)  # PR_CAPBSET_DROP
os.execv(sys.executable, [sys.executable, *sys.argv[1:]])
"""
"""Runs a program that modes of files hold for, even when it is root's."""

MakeFleet = Callable[..., Fleet]


def blocklist(home: Home) -> Path:
    """Return where the blocklist is."""
    return home.below("config/blocklist.json")


def blocked(home: Home) -> list[str]:
    """Return the meshes that the file blocks."""
    return list(json.loads(blocklist(home).read_text())["blockedMeshes"])


def run_as_ordinary_user(home: Home) -> subprocess.CompletedProcess[str]:
    """Return how `meshvisor run` ends for a user who is not above the modes of files."""
    return subprocess.run(
        [sys.executable, "-c", AS_ORDINARY_USER, *PROGRAM, "run", "--home", str(home.root)],
        capture_output=True,
        text=True,
        cwd=PROJECT,
        check=False,
    )


# ---- The blocklist -------------------------------------------------------------------------------


async def test_full_disk(start_fleet: StartFleet, playground: Playground, home: Home) -> None:
    """Blocks hold, the old file stays whole, and everything is written once there is room."""
    playground.add_room("attic")
    fleet = await start_fleet()
    await fleet.all_are(MeshState.CONNECTED, 3)
    await fleet.ask("block", mesh_id="attic")
    before = blocklist(home).read_bytes()
    with full_disk(fleet):
        await fleet.ask("block", mesh_id="cinema")
        assert (await fleet.mesh_is("cinema", MeshState.BLOCKED)).pid is None
        playground.kick("lobby", await playground.wait_for_peer("lobby"))
        await fleet.mesh_is("lobby", MeshState.BLOCKED)
        assert blocklist(home).read_bytes() == before
        assert [path.name for path in home.config.glob(".*")] == []
        assert "cannot be written" in (await fleet.command("logs")).out
    await fleet.until(lambda: len(blocked(home)) == 3, "the file to be written")
    assert blocked(home) == ["attic", "cinema", "lobby"]
    await fleet.logged("blocklist.json is written again")


async def test_corrupt_blocklist(make_fleet: MakeFleet, playground: Playground, home: Home) -> None:
    """What can be read of it is used, all of it is kept aside, and the log says so."""
    damaged = b'{"blockedMeshes": {"lobby": {"reason": "kicked", "blockedUntil": null}, "cin'
    fleet = make_fleet()
    blocklist(home).write_bytes(damaged)
    await fleet.start()
    await fleet.worker("cinema")
    assert (await fleet.mesh_is("lobby", MeshState.BLOCKED)).pid is None
    await fleet.until(lambda: blocklist(home).read_bytes() != damaged, "a sound file")
    assert blocked(home) == ["lobby"]
    (aside,) = home.config.glob("blocklist.json.corrupt-*")
    assert aside.read_bytes() == damaged
    await fleet.logged(rf"is damaged and will be kept aside: .*is kept as {aside.name}")
    assert playground.connects("lobby") == []


async def test_nothing_that_was_acknowledged_is_forgotten(
    start_fleet: StartFleet, playground: Playground, home: Home
) -> None:
    """A supervisor that is killed right after it blocked or unblocked a mesh knows it again."""
    fleet = await start_fleet()
    await fleet.all_are(MeshState.CONNECTED, 2)
    await fleet.ask("block", mesh_id="cinema", duration=3600)
    await fleet.ask("block", mesh_id="lobby")
    await fleet.ask("unblock", mesh_id="lobby")
    fleet.signal(signal.SIGKILL)
    await fleet.exit_code()
    file = json.loads(blocklist(home).read_text())["blockedMeshes"]
    # What a supervisor leaves that is killed while it writes.
    (home.config / ".blocklist.json.abcdefgh").write_text('{"blockedMeshes": {"lob')
    again = Fleet(home)
    await again.start()
    await again.worker("lobby")
    await again.mesh_is("cinema", MeshState.BLOCKED)
    assert list(file) == blocked(home) == ["cinema"]
    (entry,) = (await again.ask("blocklist_list"))["blocked"]
    assert 0 < entry["remaining_seconds"] <= 3600
    assert json.loads(blocklist(home).read_text())["blockedMeshes"] == file
    await again.close()


# ---- One supervisor per home ---------------------------------------------------------------------


async def test_second_supervisor(start_fleet: StartFleet, home: Home) -> None:
    """The second names the first one's PID and ends; the first keeps everything it has."""
    fleet = await start_fleet()
    worker = await fleet.worker("lobby")
    socket_file = home.control_socket.stat().st_ino
    outcome = await fleet.command("run")
    assert outcome.code == 1
    assert f"PID {fleet.pid}" in outcome.err
    assert "Traceback" not in outcome.err
    assert home.control_socket.stat().st_ino == socket_file
    assert await fleet.worker("lobby") == worker
    assert home.lock_file.read_text() == f"{fleet.pid}\n"


@pytest.mark.long
async def test_supervisors_that_start_at_once(make_fleet: MakeFleet, home: Home) -> None:
    """Of several that start at the same moment exactly one serves the home."""
    fleets = [make_fleet(), Fleet(home), Fleet(home), Fleet(home)]
    for fleet in fleets:
        fleet.launch()
    try:
        await fleets[0].until(lambda: sum(f.running for f in fleets) == 1, "all but one to end")
        (winner,) = [fleet for fleet in fleets if fleet.running]
        assert [await f.exit_code() for f in fleets if f is not winner] == [1, 1, 1]
        assert winner.output.count(f"(PID {winner.pid})") == 3
        await winner.until(home.control_socket.exists, "the control socket")
        await winner.worker("lobby")
        assert await winner.stop() == 0
    finally:
        for fleet in fleets:
            if fleet.running:
                fleet.signal(signal.SIGKILL)
                await fleet.exit_code()


@pytest.mark.parametrize("left", ["socket", "file", "nothing"])
@pytest.mark.some(1)
async def test_left_over_socket_and_lock(make_fleet: MakeFleet, home: Home, left: str) -> None:
    """What a dead supervisor left is replaced, whatever process has its PID by now."""
    fleet = make_fleet()
    home.run.mkdir(mode=0o700, parents=True)
    home.var.chmod(0o700)
    if left == "socket":
        with socket.socket(socket.AF_UNIX) as dead:
            dead.bind(str(home.control_socket))
    elif left == "file":
        home.control_socket.write_text("no socket at all")
    # A stranger who lives and must not be taken for a supervisor, nor be hurt.
    home.lock_file.write_text(f"{os.getpid()}\n")
    await fleet.start()
    assert (await fleet.status()).supervisor.pid == fleet.pid
    assert home.lock_file.read_text() == f"{fleet.pid}\n"
    assert await fleet.stop() == 0
    assert not home.control_socket.exists()


# ---- Wrong files ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[fleet]\nhung_after = 'never'\n", "meshvisor.toml:2: fleet.hung_after"),
        ("[fleet]\n\nmax_processes = -1\n", "meshvisor.toml:3: fleet.max_processes"),
        ("[fleet]\nmax_proceses = 1\n", "max_processes"),
        ("[fleet\n", "meshvisor.toml:1"),
        ("[[meshes]]\nid = 'a/b'\n", "meshvisor.toml:2: 'a/b' is no mesh id"),
    ],
)
@pytest.mark.some(2)
async def test_wrong_settings(make_fleet: MakeFleet, home: Home, text: str, says: str) -> None:
    """A wrong setting stops the start with its file and line, and nothing is left running."""
    fleet = make_fleet()
    home.settings_file.write_text(text)
    outcome = await fleet.command("run")
    assert outcome.code == 2
    assert says in outcome.err
    assert "Traceback" not in outcome.err


@pytest.mark.long
async def test_wrong_variable(
    make_fleet: MakeFleet, home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A wrong setting from the environment is reported by the variable's name."""
    monkeypatch.setenv("MESHVISOR__FLEET__HUNG_AFTER", "never")
    outcome = await make_fleet().command("run")
    assert outcome.code == 2
    assert "MESHVISOR__FLEET__HUNG_AFTER" in outcome.err


@pytest.mark.parametrize("mode", [0o500, 0o000])
@pytest.mark.some(1)
async def test_home_that_cannot_be_used(home: Home, mode: int) -> None:
    """A home that is not writable, or not even readable, is reported in one sentence."""
    home.root.chmod(mode)
    outcome = await asyncio.to_thread(run_as_ordinary_user, home)
    home.root.chmod(0o700)
    assert outcome.returncode == 2
    assert str(home.root) in outcome.stderr
    assert outcome.stderr.startswith("Error: ")
    assert outcome.stderr.count("\n") == 1


@pytest.mark.parametrize("name", ["config/meshvisor.toml", "config/credentials.json"])
@pytest.mark.some(1)
async def test_unreadable_file(home: Home, name: str) -> None:
    """A file that this user may not read is named, and nothing is started without it."""
    home.config.mkdir(mode=0o700)
    home.below(name).touch(mode=0o000)
    outcome = await asyncio.to_thread(run_as_ordinary_user, home)
    assert outcome.returncode in {2, 3}
    assert name in outcome.stderr
    assert "Permission denied" in outcome.stderr
    assert "Traceback" not in outcome.stderr


@pytest.mark.long
async def test_home_that_is_a_file(home: Home) -> None:
    """A home that is no folder is reported in one sentence."""
    path = home.root / "file"
    path.touch()
    outcome = await asyncio.to_thread(run_as_ordinary_user, Home(path))
    assert outcome.returncode == 2
    assert outcome.stderr.startswith("Error: ")
    assert "Traceback" not in outcome.stderr


@pytest.mark.parametrize(
    ("content", "mode", "says"),
    [
        ({"peerId": "7_bot", "authToken": "r:secret-token"}, 0o644, "chmod 600 "),
        ({"authToken": "r:secret-token"}, 0o600, "peerId"),
        ({"peerId": 7, "authToken": "r:secret-token"}, 0o600, "peerId"),
    ],
)
@pytest.mark.some(1)
async def test_wrong_credentials(
    make_fleet: MakeFleet, home: Home, content: Any, mode: int, says: str
) -> None:
    """Credentials that others may read, or of the wrong shape, are refused and never shown."""
    fleet = make_fleet()
    home.credentials_file.write_text(json.dumps(content))
    home.credentials_file.chmod(mode)
    outcome = await fleet.command("run")
    assert outcome.code == 2
    assert says in outcome.err
    assert "secret-token" not in outcome.err
