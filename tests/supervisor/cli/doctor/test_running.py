"""What an earlier supervisor may have left."""

from __future__ import annotations

import os
import socket

import pytest

from meshvisor.shared.home_lock import HomeLock, find_holder
from meshvisor.shared.paths import Home
from meshvisor.supervisor.cli.doctor import running
from meshvisor.supervisor.cli.doctor.finding import Level


def test_none_runs(home: Home) -> None:
    """No supervisor runs, and nothing is left."""
    (found,) = running.check(home)
    assert (found.level, found.text) == (Level.OK, "none runs")


def test_stale_socket(home: Home) -> None:
    """A socket that is left does no harm."""
    home.run.mkdir(parents=True)
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(str(home.control_socket))
    (found,) = running.check(home)
    assert found.level is Level.OK
    assert "left its socket" in found.text


def test_lock_without_socket(home: Home) -> None:
    """A process that holds the lock but does not listen is named."""
    home.run.mkdir(parents=True)
    with HomeLock(home):
        (found,) = running.check(home)
        assert find_holder(home) == str(os.getpid())
    assert found.level is Level.WARN
    assert "holds the lock" in found.text
    assert find_holder(home) is None


def test_supervisor_that_hangs(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that listens but does not answer is a failure with the command that ends it."""
    monkeypatch.setattr(running, "ANSWER_TIMEOUT", 0.05)
    home.run.mkdir(parents=True)
    with HomeLock(home), socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(home.control_socket))
        listener.listen()
        (found,) = running.check(home)
    assert found.level is Level.FAIL
    assert "does not answer" in found.text
    assert "kill -9" in found.advice


def test_what_is_meant_to_be_so() -> None:
    """What an operator has put on hold is said, and is no failure."""
    found = list(running.problems({"problems": ["no thread"], "notices": ["Lane x is on hold"]}))
    assert [(one.level, one.text) for one in found] == [
        (Level.FAIL, "no thread"),
        (Level.WARN, "Lane x is on hold"),
    ]
    assert found[1].advice == "look into it, unless that is meant to be so"
