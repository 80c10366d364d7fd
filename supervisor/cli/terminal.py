"""The abilities of the terminal, and text that cannot harm it.

Owns colours, widths and the removal of control characters: names, errors and log lines come
from strangers in chat rooms, and an escape sequence in one could rewrite the screen.
"""

from __future__ import annotations

import os
import re
import sys
import unicodedata
from typing import TextIO

BOLD, DIM, RED, GREEN, YELLOW, BLUE, MAGENTA, CYAN = "1", "2", "31", "32", "33", "34", "35", "36"

_COLOURS = re.compile(r"\x1b\[[0-9;]*m")

_NARROW = re.compile("[ -~\u00a1-\u00ac\u00ae-\u02ff\u2010-\u2027]*")
"""Latin letters and the punctuation that we write ourselves take one cell each.  For them nothing
has to be loaded: the tables of widths take longer than the whole `meshvisor status`."""

STATE_COLOURS = {
    "connected": GREEN,
    "spawning": CYAN,
    "ready": CYAN,
    "restarting": YELLOW,
    "disconnected": YELLOW,
    "unhealthy": RED,
    "failed": RED,
    "blocked": MAGENTA,
    "waiting": DIM,
    "stopped": DIM,
}


def has_colours(stream: TextIO | None = None) -> bool:
    """Say whether to colour what goes to `stream` (None: stdout); NO_COLOR says no."""
    if os.environ.get("NO_COLOR") or os.environ.get("TERM", "") == "dumb":
        return False
    return (stream or sys.stdout).isatty()


def columns(stream: TextIO | None = None) -> int | None:
    """Return the width of the terminal behind `stream` (None: stdout); None: no terminal."""
    try:
        return os.get_terminal_size((stream or sys.stdout).fileno()).columns or None
    except (OSError, ValueError):
        return None


def lines(stream: TextIO | None = None) -> int | None:
    """Return the height of the terminal behind `stream` (None: stdout); None: no terminal."""
    try:
        return os.get_terminal_size((stream or sys.stdout).fileno()).lines or None
    except (OSError, ValueError):
        return None


def paint(text: str, colour: str | None, on: bool = True) -> str:
    """Return `text` in `colour` when `on`."""
    return f"\x1b[{colour}m{text}\x1b[0m" if on and colour and text else text


def clean(text: object) -> str:
    """Return `text` as one line without anything that a terminal would act upon."""
    line = str(text)
    if line.isprintable():
        return line
    line = " ".join(line.split())
    return "".join(map(_visible, line))


def clean_lines(text: object) -> str:
    """Like `clean`, but newlines stay newlines and tabs become spaces."""
    return "\n".join(
        line if line.isprintable() else "".join(map(_visible, line.expandtabs(4)))
        for line in str(text).split("\n")
    )


def width(text: str) -> int:
    """Return the cells that printable `text` takes on a terminal."""
    if text.isascii() or _NARROW.fullmatch(text):
        return len(text)
    from wcwidth import wcswidth

    return wcswidth(text)


def cut(text: str, cells: int) -> str:
    """Return `text` in at most `cells` cells, ended by an ellipsis where something is missing."""
    if width(text) <= cells:
        return text
    if cells < 1:
        return ""
    if _NARROW.fullmatch(text):
        return f"{text[: cells - 1]}…"
    from wcwidth import iter_graphemes, wcswidth

    # What is one sign to a reader stays whole, however many characters it is made of.
    used, kept = 0, []
    for sign in iter_graphemes(text):
        used += wcswidth(sign)
        if used > cells - 1:
            break
        kept.append(sign)
    return f"{''.join(kept)}…"


def wrap(text: str, cells: int | None) -> str:
    """Return `text`, which may be painted, with line breaks between words instead of within them.

    Args:
        text: may hold line breaks.
        cells: width of the terminal; None: it is none, and nothing is broken.
    """
    if cells is None:
        return text
    return "\n".join(_wrapped(line, cells) for line in text.split("\n"))


# Private

_INDENT = "    "
"""In front of what did not fit on a line."""


def _wrapped(line: str, cells: int) -> str:
    if width(_COLOURS.sub("", line)) <= cells:
        return line
    # One cell less than there is: a full line would make some terminals break it once more.
    room = cells - 1
    done, current, used = [], "", 0
    for number, word in enumerate(line.split(" ")):
        needed = width(_COLOURS.sub("", word))
        if number and used + 1 + needed > room:
            done.append(current)
            current, used = _INDENT + word, len(_INDENT) + needed
        else:
            current += f" {word}" if number else word
            used += needed + (1 if number else 0)
    return "\n".join([*done, current])


def _visible(character: str) -> str:
    if character.isprintable():
        return character
    # Joiners and direction marks are invisible anyway; other controls leave a visible trace.
    return "" if unicodedata.category(character) == "Cf" else "�"
