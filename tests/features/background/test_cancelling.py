"""Ending background commands."""

from __future__ import annotations

import os
import signal

import psutil
import pytest

from meshvisor.features.background.cancelling import cancel
from meshvisor.features.background.looking import look, look_for
from meshvisor.features.background.status import State
from tests.features.background.conftest import Start, ended, is_over, python, until, until_printed

STUBBORN = "trap '' TERM; echo ready; while :; do sleep 1000; done"


def test_one_that_obeys(launch: Start) -> None:
    """It ends by itself, and only its log is left."""
    found = launch("obeys", "sleep", "1000")
    assert not cancel(found, 30)
    assert look(found.files) is None
    assert [path.name for path in found.files.folder.iterdir()] == ["meshvisor-obeys.log"]
    assert is_over(found.status.pid)


def test_one_that_does_not(launch: Start) -> None:
    """What ignores the request is killed after the time that it had."""
    found = launch("stubborn", "sh", "-c", STUBBORN)
    until_printed(found, "ready")
    family = psutil.Process(found.status.pid).children(recursive=True)
    assert cancel(found, 0.1)
    assert all(is_over(one.pid) for one in family)


def test_grandchildren_in_sessions_of_their_own(launch: Start) -> None:
    """Neither a session nor a lost parent saves a process of it."""
    code = (
        "import os, signal, time\n"
        "for _ in range(3):\n"
        "    if os.fork() == 0:\n"
        "        os.setsid()\n"
        "        signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "        if os.fork() == 0: os.setsid()\n"
        "        os.write(1, b'ready\\n')\n"
        "        time.sleep(1000)\n"
        "time.sleep(1000)"
    )
    found = launch("family", *python(code))
    until_printed(found, "ready", 6)
    family = psutil.Process(found.status.pid).children(recursive=True)
    assert len(family) == 7
    assert cancel(found, 0.1)
    assert all(is_over(one.pid) for one in family)


def test_a_keeper_that_is_stopped(launch: Start) -> None:
    """A stopped keeper is woken, so that it can obey."""
    found = launch("frozen", "sleep", "1000")
    os.kill(found.status.pid, signal.SIGSTOP)
    assert not cancel(found, 30)
    assert look(found.files) is None


def test_what_a_killed_keeper_has_left(launch: Start) -> None:
    """What has outlived its keeper is ended by the same command."""
    found = launch("left", "sh", "-c", STUBBORN)
    until_printed(found, "ready")
    os.kill(found.status.pid, signal.SIGKILL)
    crashed = until(lambda: None if (one := look_for(found.files)).runs else one)
    assert cancel(crashed, 30)
    until(lambda: is_over(found.status.command_pid))


def test_a_signal_to_the_pid_in_the_file_cancels_as_well(launch: Start) -> None:
    """`kill $(cat …pid)` does what people expect of it."""
    found = launch("signalled", "sleep", "1000")
    os.kill(int(found.files.pid.read_text()), signal.SIGTERM)
    assert ended(found).status.status == State.CANCELLED


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_command_can_tidy_up(launch: Start, number: signal.Signals) -> None:
    """A command that catches the request has its way."""
    # Not in the foreground: a request to a `sleep` that is not quite there yet would be lost.
    script = "trap 'echo tidied; exit 0' TERM; sleep 1000 & echo ready; wait"
    found = launch("tidies", "sh", "-c", script)
    until_printed(found, "ready")
    os.kill(found.status.pid, number)
    assert ended(found).status.status == State.CANCELLED
    assert "tidied" in found.files.log.read_text()
