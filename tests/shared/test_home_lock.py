"""One supervisor per home."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys

import pytest

from meshvisor.shared.errors import MeshvisorError
from meshvisor.shared.home_lock import HomeLock
from meshvisor.shared.paths import Home

HOLDER = """
import signal, sys
from pathlib import Path
from meshvisor.shared.paths import Home
from meshvisor.shared.home_lock import HomeLock
with HomeLock(Home(Path(sys.argv[1]))):
    print("locked", flush=True)
    signal.pause()
"""


@pytest.fixture(autouse=True)
def _folders(home: Home) -> None:
    """Make what the supervisor makes before it locks."""
    home.run.mkdir(parents=True)


def test_the_file_names_its_holder(home: Home) -> None:
    """Operators and `doctor` read the PID there; afterwards none is named."""
    home.lock_file.touch(mode=0o600)
    home.lock_file.write_text("left behind by one that was killed\n")
    with HomeLock(home):
        assert home.lock_file.read_text() == f"{os.getpid()}\n"
        assert stat.S_IMODE(home.lock_file.stat().st_mode) == 0o600
    assert home.lock_file.read_text() == ""


def test_a_second_one_is_refused(home: Home) -> None:
    """The message says which home and which PID, and the first one is not disturbed."""
    with HomeLock(home):
        words = rf"runs on {home.root} already \(PID {os.getpid()}\); try again in a moment"
        for _ in range(2):
            with pytest.raises(MeshvisorError, match=words), HomeLock(home):
                pass
        assert home.lock_file.read_text() == f"{os.getpid()}\n"
    with HomeLock(home):
        pass


def test_a_killed_holder_holds_nothing(home: Home) -> None:
    """The lock ends with the process, however it ends; what its file says does not count."""
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(home.root)], stdout=subprocess.PIPE
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == b"locked\n"
    with pytest.raises(MeshvisorError, match=rf"PID {holder.pid}\)"), HomeLock(home):
        pass
    holder.send_signal(signal.SIGKILL)
    holder.communicate()
    assert home.lock_file.read_text() == f"{holder.pid}\n"
    with HomeLock(home):
        assert home.lock_file.read_text() == f"{os.getpid()}\n"


def test_a_child_does_not_keep_it(home: Home) -> None:
    """What the supervisor executes must not lock the home after it."""
    with HomeLock(home):
        child = subprocess.Popen(
            [sys.executable, "-c", "import signal; print('up', flush=True); signal.pause()"],
            stdout=subprocess.PIPE,
            close_fds=False,
        )
        assert child.stdout is not None
        assert child.stdout.readline() == b"up\n"
    try:
        with HomeLock(home):
            pass
    finally:
        child.kill()
        child.communicate()


def test_another_home_is_another_lock(home: Home) -> None:
    """Two fleets on one machine do not meet."""
    other = Home(home.root / "other")
    other.run.mkdir(parents=True)
    with HomeLock(home), HomeLock(other):
        pass


def test_where_the_home_was_when_the_lock_was_given_up(home: Home) -> None:
    """A home that stayed is not taken for one that was moved, nor the other way round."""
    with HomeLock(home) as lock:
        lock.check_home()
    lock.check_home()
    with HomeLock(home) as lock:
        home.root.rename(away := home.root.with_name(f"{home.root.name}-away"))
    with pytest.raises(FileNotFoundError):
        lock.check_home()
    away.rename(home.root)
