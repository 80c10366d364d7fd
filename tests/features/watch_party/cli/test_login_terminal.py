from __future__ import annotations

import asyncio
import io
import os
import pty
from contextlib import suppress

import pytest

from meshvisor.features.watch_party.cli import login_terminal
from meshvisor.features.watch_party.cli.login_terminal import LoginTerminal
from meshvisor.features.watch_party.supervisor.login.options import Progress
from tests.clock import ManualClock


class Screen(io.StringIO):
    """Text that claims to be a terminal; its width is unknown, so 80."""

    def isatty(self) -> bool:
        """Say so."""
        return True


@pytest.fixture(autouse=True)
def _no_colours(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep what is shown readable."""
    monkeypatch.setenv("NO_COLOR", "1")


async def shown(stream: io.StringIO, text: str) -> None:
    """Wait until something has been shown."""
    async with asyncio.timeout(30):
        while text not in stream.getvalue():
            await asyncio.sleep(0)


async def test_where_there_is_no_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """There is a line now and then, and one whenever something else is waited for."""
    monkeypatch.setattr(login_terminal, "LINE_INTERVAL", 0)
    stream, clock = io.StringIO(), ManualClock()
    terminal = LoginTerminal(io.StringIO(), stream, clock)
    with terminal.counting_down(61):
        assert stream.getvalue() == "Waiting for the click: 1:01 left\n"
        clock.advance(30.2)
        await shown(stream, "Waiting for the click: 0:31 left\n")
        terminal.notify(Progress.BUSY, 20)
        terminal.notify(Progress.FINISHING, 60)
        assert stream.getvalue().endswith(
            "The platform wants to be left alone for a moment, trying again: 0:20 left\n"
            "Clicked; logging in …\n"
        )
    assert "\x1b" not in stream.getvalue()


async def test_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """One line is rewritten and gone in the end; time that is over is not negative."""
    monkeypatch.setattr(login_terminal, "TICK", 0)
    stream, clock = Screen(), ManualClock()
    terminal = LoginTerminal(Screen(), stream, clock)
    with terminal.counting_down(1):
        clock.advance(5)
        await shown(stream, "\r\x1b[KWaiting for the click: 0:00 left")
    for _ in range(5):
        await asyncio.sleep(0)  # in which the countdown would go on
    assert "\n" not in stream.getvalue()
    assert stream.getvalue().endswith("\r\x1b[K")


async def test_progress_that_stays_the_same_is_not_repeated() -> None:
    """Each answer of the platform tells the time left anew; that alone is no line."""
    stream = io.StringIO()
    terminal = LoginTerminal(io.StringIO(), stream, ManualClock())
    with terminal.counting_down(600):
        for left in (600, 598, 596):
            terminal.notify(Progress.CLICK, left)
    assert stream.getvalue() == "Waiting for the click: 10:00 left\n"


def test_questions_and_answers() -> None:
    """Answers lose the blanks around them; the end of the input is a wish to leave."""
    stream = Screen()
    terminal = LoginTerminal(Screen(" yes \n"), stream)
    assert terminal.ask("Really?") == "yes"
    assert stream.getvalue() == "Really? "
    with pytest.raises(KeyboardInterrupt):
        terminal.ask("Really?")


def test_what_is_said_cannot_harm_the_terminal() -> None:
    """Escape sequences of a platform are disarmed."""
    stream = io.StringIO()
    LoginTerminal(io.StringIO(), stream).say("\x1b[2Jhello")
    assert "\x1b" not in stream.getvalue()


@pytest.mark.parametrize(
    ("source", "stream", "interactive"),
    [
        (Screen(), Screen(), True),
        (Screen(), io.StringIO(), False),
        (io.StringIO(), Screen(), False),
    ],
)
def test_who_can_be_asked(source: io.StringIO, stream: io.StringIO, interactive: bool) -> None:
    """A user has to see the question and be able to answer."""
    assert LoginTerminal(source, stream).is_interactive is interactive


def test_no_input_at_all(monkeypatch: pytest.MonkeyPatch) -> None:
    """A program that was started without an input does not ask."""
    monkeypatch.setattr("sys.stdin", None)
    terminal = LoginTerminal(stream=Screen())
    assert not terminal.is_interactive
    with pytest.raises(KeyboardInterrupt):
        terminal.ask("Anybody?")


def test_a_window_that_is_closed() -> None:
    """Without a reader, nothing goes wrong."""
    controller, slave = pty.openpty()
    stream = open(slave, "w", encoding="utf-8", buffering=1)  # noqa: SIM115 - closed below
    terminal = LoginTerminal(stream=stream)
    os.close(controller)
    terminal.say("nobody sees this")
    with suppress(OSError):
        stream.close()  # what was buffered has nowhere to go
