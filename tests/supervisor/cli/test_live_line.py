"""Log lines that scroll above one status line, on terminals that may stop taking output."""

from __future__ import annotations

import contextlib
import io
import os
import pty
import threading

import pytest

from supervisor.cli import live_line
from supervisor.cli.live_line import LiveLine


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
