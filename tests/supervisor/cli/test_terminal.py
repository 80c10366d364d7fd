"""Text that cannot harm a terminal, and its width."""

from __future__ import annotations

import io
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st
from wcwidth import wcwidth

from meshvisor.supervisor.cli import terminal
from meshvisor.supervisor.cli.terminal import (
    clean,
    clean_lines,
    columns,
    cut,
    has_colours,
    paint,
    width,
)
from tests.supervisor.cli.conftest import PROJECT


class Terminal(io.StringIO):
    """Text that claims to be a terminal."""

    def isatty(self) -> bool:
        """Say so."""
        return True


def test_colours_only_where_wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Colours go to terminals, unless NO_COLOR or a dumb terminal says no."""
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    assert has_colours(Terminal())
    assert not has_colours(io.StringIO())
    monkeypatch.setenv("NO_COLOR", "1")
    assert not has_colours(Terminal())
    monkeypatch.delenv("NO_COLOR")
    monkeypatch.setenv("TERM", "dumb")
    assert not has_colours(Terminal())


def test_no_terminal_has_no_width() -> None:
    """What is no terminal has no columns to fit into."""
    assert columns(io.StringIO()) is None


def test_paint() -> None:
    """Colour is put around text, and nothing around nothing."""
    assert paint("a", "31") == "\x1b[31ma\x1b[0m"
    assert paint("a", "31", on=False) == paint("a", None) == "a"
    assert paint("", "31") == ""


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain", "plain"),
        ("two\nlines\tand", "two lines and"),
        ("\x1b[31mred\x1b[0m", "�[31mred�[0m"),
        ("\x1b]0;title\x07", "�]0;title�"),
        ("right\u202eleft", "rightleft"),
        ("日本", "日本"),
        (5, "5"),
    ],
)
def test_clean(text: object, shown: str) -> None:
    """Nothing that a terminal would act upon is left."""
    assert clean(text) == shown


def test_clean_lines_keeps_lines() -> None:
    """Newlines of a traceback stay; tabs become blanks."""
    assert clean_lines("a\n\tb\x1bc") == "a\n    b�c"


@given(st.text())
def test_clean_text_is_one_printable_line(text: str) -> None:
    """Whatever comes in, one printable line comes out."""
    assert clean(text).isprintable()
    assert all(line.isprintable() for line in clean_lines(text).split("\n"))


@pytest.mark.parametrize(
    ("text", "cells"),
    [
        ("abc", 3),
        ("日本", 4),
        ("e\u0301", 1),
        ("ａ", 2),
        ("", 0),
        ("Ärger…", 6),
        ("\u2764\ufe0f", 2),
        ("\U0001f44d\U0001f3fd", 2),
        ("\U0001f1e9\U0001f1ea", 2),
    ],
)
def test_width(text: str, cells: int) -> None:
    """Wide characters count twice, combining ones not at all; an emoji with a colour is one."""
    assert width(text) == cells


def test_narrow_characters_need_no_table() -> None:
    """What is counted without the tables of widths takes one cell in them, too."""
    narrow = [one for one in map(chr, range(0x3000)) if terminal._NARROW.fullmatch(one)]
    assert len(narrow) > 600
    assert all(one.isprintable() and wcwidth(one) == 1 for one in narrow)


def test_ours_need_no_table() -> None:
    """A table of names in Latin letters, cut or not, does not load the tables of widths."""
    program = (
        "import sys; from meshvisor.supervisor.cli.terminal import cut, width\n"
        "print(width('Café “Zoë”'), cut('Café “Zoë”', 6), 'wcwidth' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-X", "utf8", "-c", program],
        cwd=PROJECT,
        capture_output=True,
        check=True,
        encoding="utf-8",
    )
    assert done.stdout == "10 Café … False\n"


@pytest.mark.parametrize(
    ("text", "cells", "shown"),
    [
        ("abcdef", 6, "abcdef"),
        ("abcdef", 4, "abc…"),
        ("Äöüßé", 4, "Äöü…"),
        ("日本語", 4, "日…"),
        ("e\u0301e\u0301e\u0301", 2, "e\u0301…"),
        ("\U0001f44d\U0001f3fdab", 3, "\U0001f44d\U0001f3fd…"),
        ("ab", 0, ""),
    ],
)
def test_cut(text: str, cells: int, shown: str) -> None:
    """A text that is too long ends with an ellipsis and never takes more than its cells."""
    assert cut(text, cells) == shown


@given(st.text(), st.integers(0, 30))
def test_cut_fits(text: str, cells: int) -> None:
    """Whatever the text, it fits."""
    assert width(cut(clean(text), cells)) <= cells


@pytest.mark.parametrize(
    ("text", "cells", "lines"),
    [
        ("I know ?about, ?ping, ?uptime.", 20, ["I know ?about,", "    ?ping, ?uptime."]),
        ("short", 20, ["short"]),
        ("one two\nthree four", 6, ["one", "    two", "three", "    four"]),
        ("a" * 30, 10, ["a" * 30]),
        ("名前 名前 名前", 8, ["名前", "    名前", "    名前"]),
    ],
)
def test_lines_are_broken_between_words(text: str, cells: int, lines: list[str]) -> None:
    """No word is torn apart, but one that is longer than a line; wide characters count twice."""
    assert terminal.wrap(text, cells).split("\n") == lines
    assert terminal.wrap(text, None) == text


def test_colours_take_no_room() -> None:
    """What only colours is no part of a line's length."""
    painted = terminal.paint("ann", terminal.GREEN) + ": " + terminal.paint("hello", terminal.DIM)
    assert terminal.wrap(painted, 11) == painted
    assert "\n" in terminal.wrap(painted, 9)
