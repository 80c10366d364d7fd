"""Questions on a terminal, one after another.

Owns how they look and how answers are read.  Does not own what is asked (`questions`).  All of
it goes to stderr: stdout is for results, which programs read.
"""

from __future__ import annotations

import getpass
import sys
import textwrap
from collections.abc import Callable, Sequence
from typing import Final, TextIO

from meshvisor.supervisor.cli.terminal import BOLD, clean, columns, has_colours, paint, width

WIDEST: Final = 100
"""Cells; longer lines are hard to read, however wide the terminal is."""


class Dialogue:
    """Talks with the user at the terminal.

    Every question raises KeyboardInterrupt when they would rather end: Ctrl+C, or Ctrl+D on an
    empty line.

    Args:
        source: where answers come from; None: stdin.
        stream: where everything is shown; None: stderr.
    """

    def __init__(self, source: TextIO | None = None, stream: TextIO | None = None) -> None:
        self._source: TextIO | None = sys.stdin if source is None else source  # none when closed
        self._stream = sys.stderr if stream is None else stream

    @property
    def is_interactive(self) -> bool:
        """Whether the operator can be asked."""
        return self._source is not None and self._source.isatty() and self._stream.isatty()

    def say(self, text: str = "", *, headline: bool = False) -> None:
        """Show a paragraph, broken to the terminal's width; a headline begins something new."""
        if headline:
            self._write("\n")
        for line in self._broken(text) or [""]:
            self._write(paint(line, BOLD, headline and has_colours(self._stream)) + "\n")

    def ask(self, question: str, default: str = "") -> str:
        """Return what is typed, without blanks around it; the default for nothing."""
        self._write(self._prompt(question, default))
        line = self._source.readline() if self._source is not None else ""
        if not line:
            self._write("\n")
            raise KeyboardInterrupt
        return line.strip() or default

    def ask_until(self, question: str, check: Callable[[str], str], default: str = "") -> str:
        """Ask until `check` takes the answer, and return what it makes of it.

        Args:
            question: see `ask`.
            check: raises ValueError with a sentence for an answer that cannot be.
            default: see `ask`.
        """
        while True:
            try:
                return check(self.ask(question, default))
            except ValueError as error:
                self.say(f"{error}.")

    def confirm(self, question: str, default: bool) -> bool:
        """Return whether the answer is yes."""
        choices = "Y/n" if default else "y/N"
        while True:
            answer = self.ask(f"{question} [{choices}]:").lower()
            if not answer:
                return default
            if answer in {"y", "yes", "n", "no"}:
                return answer.startswith("y")
            self.say("Please answer y or n.")

    def choose(self, question: str, choices: Sequence[str]) -> int:
        """Return the index of the choice; the first is the default."""
        self.say(question, headline=True)
        for number, choice in enumerate(choices, start=1):
            head, *rest = self._broken(choice, indent=5)
            self._write("\n     ".join([f"  {number}  {head}", *rest]) + "\n")
        while True:
            answer = self.ask("Number", "1")
            if answer.isascii() and answer.isdigit() and 1 <= int(answer) <= len(choices):
                return int(answer) - 1
            self.say(f"Please answer with a number from 1 to {len(choices)}.")

    def ask_secret(self, question: str) -> str:
        """Return what is typed without showing it; empty for nothing."""
        try:
            return getpass.getpass(self._prompt(question, ""), self._stream)
        except EOFError:
            self._write("\n")
            raise KeyboardInterrupt from None

    def cover(self, question: str, default: str, typed: str, shown: str) -> None:
        """Show an answer that was typed a moment ago as something else, if it is still there."""
        prompt = self._prompt(question, default)
        cells = columns(self._stream) or 80
        *above, last = prompt.split("\n")
        rows = sum(-(-width(line) // cells) for line in above)
        rows += -(-(width(last) + width(clean(typed))) // cells)
        self._write(f"\x1b[{rows}A\r\x1b[J{prompt}{clean(shown)}\n")

    # Private

    def _prompt(self, question: str, default: str) -> str:
        # Breaking lines here as well keeps words whole; what is typed follows the last one.
        text = f"{question} [{default}]:" if default else question
        return "\n".join(self._broken(text)) + " "

    def _broken(self, text: str, indent: int = 0) -> list[str]:
        room = min(WIDEST, max(20, (columns(self._stream) or 80) - 1)) - indent
        # Paths and addresses stay in one piece, to be copied.
        return textwrap.wrap(clean(text), room, break_on_hyphens=False, break_long_words=False)

    def _write(self, text: str) -> None:
        self._stream.write(text)
        self._stream.flush()
