from __future__ import annotations

import pytest

from meshvisor.features.watch_party.cli.chat.transcript import REMEMBERED, Transcript
from meshvisor.features.watch_party.protoo.rooms import ChatMessage, RoomState, RoomUser

ANNA, MILA, BOT = RoomUser("1", "anna"), RoomUser("5", "mila"), RoomUser("7", "bot")


class Page:
    """A transcript and what it has shown."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.transcript = Transcript(self.lines.append)
        self.transcript.arrive("lobby", "1")

    def new(self) -> list[str]:
        """Return and forget what was shown."""
        shown = list(self.lines)
        self.lines.clear()
        return shown


@pytest.fixture
def page() -> Page:
    """Return a page of anna, who is in the lobby with mila."""
    page = Page()
    page.transcript.state(RoomState((MILA, ANNA)))
    assert page.new() == ["* You are in lobby as user 1, with mila."]
    return page


def test_alone() -> None:
    """An empty room is announced as such."""
    page = Page()
    page.transcript.state(RoomState((ANNA,)))

    assert page.new() == ["* You are in lobby as user 1, alone."]


def test_comings_and_goings(page: Page) -> None:
    """Who comes in or leaves is named; we ourselves are not."""
    page.transcript.state(RoomState((BOT, ANNA)))

    assert page.new() == ["* bot came in.", "* mila left."]
    page.transcript.state(RoomState((BOT,)))
    assert page.new() == []


def test_coming_back(page: Page) -> None:
    """After a lost connection it is said who is there, not who came meanwhile."""
    page.transcript.arrive("lobby", "1")
    page.transcript.state(RoomState((BOT, ANNA)))

    assert page.new() == ["* You are in lobby as user 1, with bot."]


def test_messages(page: Page) -> None:
    """Messages carry the name of who said them, also when they have left."""
    page.transcript.own(ChatMessage("hello", sender="1_x"))
    page.transcript.state(RoomState((ANNA,)))
    page.new()
    page.transcript.chat(ChatMessage("hi", sender="5_x"))
    page.transcript.chat(ChatMessage("ho", sender="99_x"))

    assert page.new() == ["mila: hi", "user 99: ho"]


def test_replies(page: Page) -> None:
    """A reply names and quotes what it answers, shortened."""
    page.transcript.own(ChatMessage("?ping", id="q1", sender="1_x"))
    page.transcript.chat(ChatMessage("Pong", id="a1", sender="5_x", reply="q1"))
    page.transcript.chat(ChatMessage("x" * 50, id="long", sender="5_x"))
    page.transcript.own(ChatMessage("ok", sender="1_x", reply="long"))
    page.transcript.chat(ChatMessage("what?", sender="5_x", reply="unknown"))

    lines = page.new()
    assert lines[1] == "mila to you, “?ping”: Pong"
    assert lines[3] == f"you to mila, “{'x' * 29}…”: ok"
    assert lines[4] == "mila (reply): what?"


def test_nothing_from_strangers_reaches_the_terminal(page: Page) -> None:
    """Escape sequences in names, texts and notices are harmless."""
    page.transcript.state(RoomState((RoomUser("6", "\x1b[2Jeve"), ANNA)))
    page.transcript.chat(ChatMessage("\x1b]0;pwned\x07\r\nsecond\x9b31m", sender="6_x", id="e"))
    page.transcript.chat(ChatMessage("ok", sender="6_x", reply="e"))
    page.transcript.notice("closed: \x1b[31m")

    shown = "".join(page.new())
    assert all(character.isprintable() or character == "\n" for character in shown)
    assert "second" in shown


def test_several_lines(page: Page) -> None:
    """A message of several lines is indented, so no user can fake another's line."""
    page.transcript.chat(ChatMessage("one\nanna: two", sender="5_x"))

    assert page.new() == ["mila: one\n    anna: two"]


def test_colours() -> None:
    """Names are coloured only when asked for, the same person always alike."""
    lines: list[str] = []
    transcript = Transcript(lines.append, colours=True)
    transcript.chat(ChatMessage("a", sender="5_x"))
    transcript.chat(ChatMessage("a", sender="5_y"))

    assert lines[0] == lines[1]
    assert lines[0].startswith("\x1b[")


def test_memory_is_bounded(page: Page) -> None:
    """Only the last messages are kept for quoting."""
    for number in range(REMEMBERED + 10):
        page.transcript.chat(ChatMessage("x", id=str(number), sender="5_x"))

    assert len(page.transcript._messages) == REMEMBERED
