"""What the operator who logs in sees: questions, sentences, and a line that counts down.

Owns the terminal while a user logs in.  Does not own what is asked and when (`login`).  All of it
goes to stderr: stdout is for results, which programs read.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Final, TextIO

from meshvisor.features.watch_party.supervisor.login.options import Progress
from meshvisor.shared.clock import Clock, SystemClock
from meshvisor.supervisor.cli.terminal import DIM, clean, columns, cut, has_colours, paint

TICK: Final = 1.0
"""Seconds between two updates of the countdown on a terminal."""

LINE_INTERVAL: Final = 30.0
"""Seconds between two lines of the countdown where it is no terminal."""

_ERASE: Final = "\r\x1b[K"

_WORDS: Final = {
    Progress.CLICK: "Waiting for the click",
    Progress.UNREACHABLE: "Cannot reach the platform, trying again",
    Progress.BUSY: "The platform wants to be left alone for a moment, trying again",
    Progress.FINISHING: "Clicked; logging in",
}


class LoginTerminal:
    """Talks with the operator who logs in.

    Args:
        source: where answers come from; None: stdin.
        stream: where everything is shown; None: stderr.
        clock: counts down.
    """

    def __init__(
        self,
        source: TextIO | None = None,
        stream: TextIO | None = None,
        clock: Clock | None = None,
    ) -> None:
        self._source: TextIO | None = sys.stdin if source is None else source  # none when closed
        self._stream = sys.stderr if stream is None else stream
        self._clock = clock or SystemClock()
        self._is_terminal = self._stream.isatty()
        self._colours = has_colours(self._stream)
        self._progress = Progress.CLICK
        self._deadline = 0.0

    @property
    def is_interactive(self) -> bool:
        """Whether the operator can be asked."""
        return self._is_terminal and self._source is not None and self._source.isatty()

    def say(self, sentence: str) -> None:
        """Show a line; a countdown gives way to it."""
        self._write(f"{_ERASE if self._is_terminal else ''}{clean(sentence)}\n")

    def ask(self, question: str) -> str:
        """Return what the operator types, without blanks around it.

        Raises:
            KeyboardInterrupt: they would rather end: Ctrl+C, or Ctrl+D on an empty line.
        """
        self._write(f"{clean(question)} ")
        line = self._source.readline() if self._source is not None else ""
        if not line:
            self._write("\n")
            raise KeyboardInterrupt
        return line.strip()

    # ---- The countdown -----------------------------------------------------------------------

    def notify(self, progress: Progress, left: float) -> None:
        """Show from now on what is waited for, and for how many seconds."""
        changed = progress is not self._progress
        self._progress, self._deadline = progress, self._clock.monotonic() + left
        if changed:
            self._show()

    @contextmanager
    def counting_down(self, seconds: float) -> Iterator[None]:
        """Count down in the running event loop; the line is gone afterwards."""
        self._progress, self._deadline = Progress.CLICK, self._clock.monotonic() + seconds
        self._show()
        ticking = asyncio.create_task(self._tick(), name="countdown")
        try:
            yield
        finally:
            ticking.cancel()
            if self._is_terminal:
                self._write(_ERASE)

    # Private

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(TICK if self._is_terminal else LINE_INTERVAL)
            self._show()

    def _show(self) -> None:
        if not self._is_terminal:
            self._write(f"{self._line()}\n")
            return
        # One cell less than there is: a full line would make some terminals wrap.
        room = (columns(self._stream) or 80) - 1
        self._write(_ERASE + paint(cut(self._line(), room), DIM, self._colours))

    def _line(self) -> str:
        words = _WORDS[self._progress]
        if self._progress is Progress.FINISHING:
            return f"{words} …"
        left = max(0, round(self._deadline - self._clock.monotonic()))
        return f"{words}: {left // 60}:{left % 60:02} left"

    def _write(self, text: str) -> None:
        # A user who has closed the window may have clicked the link all the same.
        with suppress(OSError):
            self._stream.write(text)
            self._stream.flush()
