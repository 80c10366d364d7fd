"""Processes that end with the holder of the other end of their lifeline."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from meshvisor.shared import lifeline

HOLD = """
import os, signal, sys, time
from meshvisor.shared import lifeline
kept = lifeline.hold(int(sys.argv[1]))
os.close(int(sys.argv[1]))
"""


@dataclass
class Line:
    """Both ends, and who holds on to them."""

    read_end: int
    write_end: int
    start: Callable[[str], subprocess.Popen[bytes]]


@pytest.fixture
def line() -> Iterator[Line]:
    """Return a lifeline and a way to start processes that hold on to it."""
    processes: list[subprocess.Popen[bytes]] = []
    read_end, write_end = lifeline.create()

    def start(code: str) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(
            [sys.executable, "-c", HOLD + code, str(read_end)],
            pass_fds=[read_end],
            stdout=subprocess.PIPE,
            start_new_session=True,
        )
        processes.append(process)
        return process

    made = Line(read_end, write_end, start)
    yield made
    os.close(read_end)
    if made.write_end >= 0:
        os.close(write_end)
    for process in processes:
        process.kill()
        process.communicate()


def cut(line: Line) -> None:
    """Do what the kernel does when the supervisor dies."""
    os.close(line.write_end)
    line.write_end = -1


def hear(process: subprocess.Popen[bytes]) -> bytes:
    """Return the next line that a process prints."""
    assert process.stdout is not None
    return process.stdout.readline()


@pytest.mark.parametrize(
    "code",
    [
        pytest.param("print('up', flush=True); signal.pause()", id="idle"),
        pytest.param("print('up', flush=True)\nwhile True: pass", id="spinning"),
        pytest.param(
            "signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 64))\n"
            "print('up', flush=True); time.sleep(600)",
            id="deaf to every signal",
        ),
    ],
)
def test_the_end_of_the_line_is_the_end(line: Line, code: str) -> None:
    """Whatever a process is doing, it is killed when the last write end closes."""
    process = line.start(code)
    assert hear(process) == b"up\n"
    cut(line)
    assert process.wait() == -signal.SIGKILL


def test_a_stopped_process_and_its_children_end_too(line: Line) -> None:
    """The whole group is killed, also while it is stopped."""
    process = line.start(
        "if os.fork(): signal.pause()\nprint('up', flush=True)\nos.killpg(0, signal.SIGSTOP)"
    )
    assert process.stdout is not None
    assert hear(process) == b"up\n"
    os.waitid(os.P_PID, process.pid, os.WSTOPPED | os.WNOWAIT)
    cut(line)
    assert process.wait() == -signal.SIGKILL
    # The child was the last to have this pipe open.
    assert process.stdout.read() == b""


def test_others_may_end_without_harm(line: Line) -> None:
    """Only the last write end counts; children that come and go end no other."""
    survivor = line.start("print('up', flush=True)\nfor text in sys.stdin: pass\nsignal.pause()")
    assert hear(survivor) == b"up\n"
    line.start("print('up', flush=True)").wait()
    copy = os.dup(line.write_end)
    os.close(copy)
    assert survivor.poll() is None
    cut(line)
    assert survivor.wait() == -signal.SIGKILL


def test_who_comes_too_late_ends_at_once(line: Line) -> None:
    """A process that is started while the supervisor dies does not run on."""
    cut(line)
    process = line.start("print('up', flush=True); signal.pause()")
    assert process.wait() == os.EX_UNAVAILABLE
    assert hear(process) == b""


def test_neither_end_is_inherited_by_accident(line: Line) -> None:
    """A program that the supervisor starts must not keep all children alive."""
    assert not os.get_inheritable(line.read_end)
    assert not os.get_inheritable(line.write_end)
