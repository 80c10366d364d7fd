"""Where `jobs watch` shows what it sees: a block that is redrawn in place, lines, or JSON.

Owns the three ways.  Does not own what the lines say (`watch_view`).
"""

from __future__ import annotations

import os
import sys
import textwrap
from typing import Any, Final, Protocol

from meshvisor.features.jobs.cli.watch_view import FULL, WatchView, sentence
from meshvisor.features.jobs.cli.words import (
    clock_time,
    finished_of,
    percent_of,
    progress_words,
    total_of,
)
from meshvisor.supervisor.cli import output
from meshvisor.supervisor.cli.command import echo
from meshvisor.supervisor.cli.terminal import columns, has_colours, lines

STEP: Final = 10
"""Per cent between two lines about the same job where nothing is redrawn."""


class Watching(Protocol):
    """One of the ways."""

    def show(self, view: dict[str, Any]) -> None:
        """Show a `JobsView`."""
        ...

    def tell(self, text: str) -> None:
        """Say something that stays."""
        ...


def choose(as_json: bool) -> Watching:
    """Return the way that fits what stdout is."""
    if as_json:
        return JsonLines()
    # A dumb terminal cannot go back to lines that it has shown.
    is_terminal = sys.stdout.isatty() and os.environ.get("TERM", "") != "dumb"
    return Block() if is_terminal else PlainLines()


class JsonLines:
    """A view per line, for programs."""

    def show(self, view: dict[str, Any]) -> None:
        """Print it."""
        _print(output.to_json(view))

    def tell(self, text: str) -> None:
        """Leave it out."""


class Block:
    """Lines that are redrawn in place at the end of what the terminal has shown."""

    def __init__(self) -> None:
        self._view = WatchView(has_colours(), _has_blocks())
        self._drawn: list[str] = []

    def show(self, view: dict[str, Any]) -> None:
        """Draw it over what was drawn last."""
        # One cell less than there is: a full line would make some terminals wrap.
        room = (columns() or 80) - 1
        drawn = self._view.lines(view, room, max(2, (lines() or 24) - 1))
        self._draw([], drawn)

    def tell(self, text: str) -> None:
        """Say it above the block."""
        # Between words: the terminal would wrap within them.
        self._draw(textwrap.wrap(text, max(1, (columns() or 80) - 1)), self._drawn)

    def _draw(self, above: list[str], block: list[str]) -> None:
        back = f"\x1b[{len(self._drawn)}F" if self._drawn else ""
        # Each line is cleared to its end, then the rest of the screen: no flicker.
        body = "\n".join(f"{line}\x1b[K" for line in (*above, *block))
        _print(f"{back}{body}\x1b[J")
        self._drawn = block


class PlainLines:
    """A line per job whenever its state changes or it has got on a good deal."""

    def __init__(self) -> None:
        self._said: dict[int, tuple[object, ...]] = {}

    def show(self, view: dict[str, Any]) -> None:
        """Say what is new."""
        for job in view["jobs"]:
            said = (sentence(job), percent_of(job["counts"]) // STEP)
            if self._said.get(job["job_id"]) != said:
                self._said[job["job_id"]] = said
                _print(f"{clock_time(view['at'])} {sentence(job)}{_progress(job)}")

    def tell(self, text: str) -> None:
        """Say it."""
        _print(text)


# Private


def _progress(job: dict[str, Any]) -> str:
    counts = job["counts"]
    if not total_of(counts) or not finished_of(counts):
        return ""
    return f" [{percent_of(counts)} %: {progress_words(counts)}]"


def _has_blocks() -> bool:
    try:
        FULL.encode(sys.stdout.encoding or "ascii")
    except UnicodeEncodeError:
        return False
    return True


def _print(text: str) -> None:
    echo(text)
    # The reader of a pipe wants to see it now.
    output.flush()
