"""Log lines that scroll above one status line, on terminals that may stop taking output."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import io
import os
import pty
import resource
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TextIO

import pytest

from meshvisor.supervisor.cli import live_line
from meshvisor.supervisor.cli.live_line import LiveLine


class Terminal(io.StringIO):
    """Text that claims to be a terminal; its width is unknown, so 80."""

    def isatty(self) -> bool:
        """Say so."""
        return True


class Stuck(io.StringIO):
    """A stream that takes nothing until it is released."""

    def __init__(self) -> None:
        super().__init__()
        self.waiting = threading.Event()
        self.release = threading.Event()

    def write(self, text: str) -> int:
        """Wait."""
        self.waiting.set()
        self.release.wait(10)
        return super().write(text)


def test_plain_stream_gets_lines_only() -> None:
    """Where there is no terminal, lines go through as they are and there is no status."""
    stream = io.StringIO()
    screen = LiveLine(stream)
    screen.set_status("3 meshes")
    screen.write("one")
    screen.write("two")
    screen.close()
    assert stream.getvalue() == "one\ntwo\n"


def test_status_stays_below_the_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a terminal the status is erased, lines are written, and it is written again."""
    monkeypatch.setenv("NO_COLOR", "1")
    stream = Terminal()
    screen = LiveLine(stream)
    screen.set_status("3 meshes")
    screen.write("one")
    screen.close()
    written = stream.getvalue()
    assert "one\n" in written
    # Nothing is left on the line where the status was.
    assert written.rpartition("\r\x1b[K")[2] in {"", "one\n"}


def test_status_and_lines_cannot_harm_the_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Escape sequences from strangers are disarmed."""
    monkeypatch.setenv("NO_COLOR", "1")
    stream = Terminal()
    screen = LiveLine(stream)
    screen.write("\x1b[2Jhello")
    screen.close()
    assert "\x1b[2J" not in stream.getvalue()


def test_long_status_is_cut_to_the_width(monkeypatch: pytest.MonkeyPatch) -> None:
    """A status that is wider than the terminal would wrap, so it is cut."""
    monkeypatch.setenv("NO_COLOR", "1")
    stream = Terminal()
    screen = LiveLine(stream)
    written = screen._compose([], 0, "x" * 200)
    screen.close()
    assert written == "\r\x1b[K" + "x" * 78 + "…"


def test_stuck_terminal_does_not_stop_the_supervisor(monkeypatch: pytest.MonkeyPatch) -> None:
    """Writing returns at once while the terminal takes nothing; what is dropped is counted."""
    monkeypatch.setattr(live_line, "MAX_WAITING", 10)
    stream = Stuck()
    screen = LiveLine(stream)
    screen.write("first")
    assert stream.waiting.wait(10)
    for number in range(25):
        screen.write(f"line {number}")
    stream.release.set()
    screen.close()
    assert "line 9\n" in stream.getvalue()
    assert "15 lines are missing here" in stream.getvalue()


def test_close_does_not_wait_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    """A terminal that never takes anything does not keep the supervisor from ending."""
    monkeypatch.setattr(live_line, "CLOSE_TIMEOUT", 0.05)
    stream = Stuck()
    screen = LiveLine(stream)
    screen.write("first")
    assert stream.waiting.wait(10)
    screen.close()
    stream.release.set()


def test_terminal_that_is_gone() -> None:
    """A terminal that was closed is not written to any more, and nothing else happens."""
    controller, terminal = pty.openpty()
    stream = open(terminal, "w", encoding="utf-8", buffering=1)  # noqa: SIM115 - closed below
    screen = LiveLine(stream)
    os.close(controller)
    for _ in range(3):
        screen.write("nobody sees this")
    screen.close()
    screen.close()
    with contextlib.suppress(OSError):
        stream.close()  # what was buffered has nowhere to go


def until(condition: Callable[[], bool]) -> None:
    """Wait for the thread."""
    end = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.005)


@pytest.fixture
def pipe() -> Iterator[tuple[int, TextIO]]:
    """Return the reading end of a small non-blocking pipe and a stream on the other end."""
    reading, writing = os.pipe()
    fcntl.fcntl(writing, fcntl.F_SETPIPE_SZ, 4096)
    os.set_blocking(writing, False)
    with open(writing, "w", encoding="ascii", buffering=1) as stream:
        yield reading, stream
    os.close(reading)


def read_lines(reading: int, last: str) -> list[str]:
    """Read until a line with `last` in it has come."""
    data = b""
    while last.encode() not in data or not data.endswith(b"\n"):
        data += os.read(reading, 65536)
    return data.decode().splitlines()


def test_pipe_that_is_not_read_for_a_while(pipe: tuple[int, TextIO]) -> None:
    """A full non-blocking pipe gets every line once it is read again, whole and in order."""
    reading, stream = pipe
    screen = LiveLine(stream)
    expected = [f"line {number} “{'x' * 50}”" for number in range(300)]
    for line in expected:
        screen.write(line)
    lines = read_lines(reading, "line 299 ")
    # What the encoding lacks is an escape.
    assert lines == [line.encode("ascii", "backslashreplace").decode() for line in expected]
    screen.write("later")
    assert read_lines(reading, "later") == ["later"]
    screen.close()


def test_what_a_full_pipe_costs_is_counted(
    pipe: tuple[int, TextIO], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is kept meanwhile is bounded in lines and in size; the rest is counted."""
    reading, stream = pipe
    monkeypatch.setattr(live_line, "MAX_CHARACTERS", 20_000)
    screen = LiveLine(stream)
    screen.write("x" * 8000)  # more than the pipe takes
    until(lambda: not screen._waiting)
    for _ in range(40):
        screen.write("y" * 1000)
    assert sum(map(len, screen._waiting)) < 25_000
    kept = len(screen._waiting)
    lines = read_lines(reading, "missing here")
    assert lines[-1] == f"(the terminal took no output: {40 - kept} lines are missing here)"
    screen.write("later")
    assert read_lines(reading, "later") == ["later"]
    screen.close()


def test_disk_that_is_full_for_a_while(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file goes on at the very byte where the disk was full."""
    monkeypatch.setattr(live_line, "RETRY", 0.01)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    with (tmp_path / "output").open("w", encoding="utf-8", buffering=1) as stream:
        screen = LiveLine(stream)
        try:
            resource.setrlimit(resource.RLIMIT_FSIZE, (100, hard))
            for number in range(20):
                screen.write(f"line number {number}")
            until(lambda: os.path.getsize(stream.name) == 100)
            screen.write("the last one")
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        screen.close()
    written = (tmp_path / "output").read_text().splitlines()
    assert written == [*(f"line number {number}" for number in range(20)), "the last one"]


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.ENOMEM, errno.EAGAIN])
def test_errors_that_pass(number: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every error but those of a stream that is gone is waited out."""
    monkeypatch.setattr(live_line, "RETRY", 0.01)
    write, errors = os.write, [OSError(number, os.strerror(number))] * 3

    def full_at_first(descriptor: int, data: bytes) -> int:
        if errors:
            raise errors.pop()
        return write(descriptor, data)

    with (tmp_path / "output").open("w", encoding="utf-8", buffering=1) as stream:
        monkeypatch.setattr(os, "write", full_at_first)
        screen = LiveLine(stream)
        screen.write("one")
        until(lambda: not errors)
        monkeypatch.undo()
        screen.write("two")
        screen.close()
    assert (tmp_path / "output").read_text() == "one\ntwo\n"


def test_reader_that_is_gone(pipe: tuple[int, TextIO]) -> None:
    """Nothing piles up for a stream that is never read again."""
    reading, stream = pipe
    os.dup2(os.open(os.devnull, os.O_RDONLY), reading)
    screen = LiveLine(stream)
    screen.write("nobody")
    until(lambda: screen._gone)
    for _ in range(10):
        screen.write("nobody")
    assert not screen._waiting
    screen.close()


def test_no_thread_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine without a thread to spare gets its lines on the screen later."""

    def refuse(_thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    stream = io.StringIO()
    screen = LiveLine(stream)
    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", refuse)
        screen.write("one")
    screen.write("two")
    screen.close()
    assert stream.getvalue() == "one\ntwo\n"
