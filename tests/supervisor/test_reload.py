"""`meshvisor run --reload`: what counts as a change, and that real processes start anew."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from shared.control.client import ControlClient
from shared.errors import MeshvisorError
from shared.paths import Home
from supervisor import reload
from supervisor.options import RunOptions
from supervisor.reload import command, folders

DEADLINE = 30.0
"""Seconds."""


def test_command_is_the_same_without_the_flag(home: Home) -> None:
    """The child gets every option but `--reload`."""
    options = RunOptions(home, playground=True, rooms=2, single_process=True, no_console=True)
    assert command(options)[1:] == [
        "-m", "supervisor.cli.main", "run", "--home", str(home.root),
        "--playground", "--rooms", "2", "--single-process", "--no-console",
    ]  # fmt: skip
    assert command(RunOptions(home))[-2:] == ["--home", str(home.root)]


def test_what_is_watched(home: Home) -> None:
    """Every package of ours and the plug-ins are watched, but nothing that the fleet writes."""
    root = Path(reload.__file__).parent.parent
    names = ("shared", "worker", "supervisor", "playground")
    assert folders(RunOptions(home)) == [*(root / name for name in names), home.plugins]


# ---- With real processes -------------------------------------------------------------------------


def until(condition: Callable[[], object]) -> object:
    """Return what `condition` returns as soon as that is true."""
    end = time.monotonic() + DEADLINE
    while time.monotonic() < end:
        if result := condition():
            return result
        time.sleep(0.02)
    raise AssertionError("it did not happen")


def supervisor_pid(home: Home) -> int:
    """Return the PID of the supervisor that answers on a home; 0: nobody does."""
    try:
        with ControlClient(home.root) as client:
            return int(client.request("version")["pid"])
    except MeshvisorError:
        return 0


def is_gone(pid: int) -> bool:
    """Whether there is no such process any more."""
    return not Path(f"/proc/{pid}").exists()


@pytest.fixture
def watcher(home: Home) -> Iterator[subprocess.Popen[bytes]]:
    """Start `meshvisor run --reload` on an empty home."""
    # Only the home is watched, or somebody who edits the source would disturb the test.
    program = (
        "import sys; from supervisor import reload; reload.SOURCE_PACKAGES = ()\n"
        "from supervisor.cli.main import main; sys.exit(main(sys.argv[1:]))"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", program, "run", "--reload", "--home", home.root]
    )
    yield process
    pid = supervisor_pid(home)
    process.kill()
    process.wait(10)
    if pid:
        until(lambda: is_gone(pid))


def test_change_starts_anew_and_signals_pass_through(
    home: Home, watcher: subprocess.Popen[bytes]
) -> None:
    """A new plug-in replaces the supervisor, and SIGTERM ends both."""
    first = until(lambda: supervisor_pid(home))
    (home.plugins / "new.py").write_text("")
    second = until(lambda: supervisor_pid(home) not in {0, first} and supervisor_pid(home))
    assert isinstance(first, int)
    assert is_gone(first)
    watcher.send_signal(signal.SIGTERM)
    assert watcher.wait(DEADLINE) == 0
    assert isinstance(second, int)
    assert is_gone(second)


def test_killed_watcher_takes_its_child_along(home: Home, watcher: subprocess.Popen[bytes]) -> None:
    """Nothing is left running when the watcher is killed."""
    pid = until(lambda: supervisor_pid(home))
    watcher.kill()
    assert isinstance(pid, int)
    until(lambda: is_gone(pid))


def test_child_that_was_stopped_ends_the_watcher(
    home: Home, watcher: subprocess.Popen[bytes]
) -> None:
    """A supervisor that somebody has stopped is not started again."""
    pid = until(lambda: supervisor_pid(home))
    assert isinstance(pid, int)
    os.kill(pid, signal.SIGTERM)
    assert watcher.wait(DEADLINE) == 0


def test_child_that_cannot_start_is_tried_again_at_the_next_change(
    home: Home, watcher: subprocess.Popen[bytes]
) -> None:
    """A supervisor that fails leaves the watcher waiting for the mending change."""
    first = until(lambda: supervisor_pid(home))
    assert isinstance(first, int)
    os.kill(first, signal.SIGKILL)
    until(lambda: is_gone(first))
    (home.plugins / "new.py").write_text("")
    assert until(lambda: supervisor_pid(home) not in {0, first})
