"""What a child tells its supervisor of errors that do not end it.

Owns the bound on how many are reported, and remembering the newest one for the status.  Does not
own the log of the child, which has all of them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, Final

from meshvisor.shared.protocol.messages import Error, Message

ERRORS_PER_WINDOW: Final = 20
ERROR_WINDOW: Final = 10.0
"""Seconds.  A handler that fails on every message of a busy room would otherwise send more
errors than chat; all of them are in the child's log."""


class ErrorReports:
    """The error reports of one child; make it inside a running event loop.

    Args:
        send: takes an error to the supervisor; never raises.
        about: the fields of the envelope that name the child, such as its mesh id.
    """

    def __init__(self, send: Callable[[Message], None], about: dict[str, Any]) -> None:
        self._send = send
        self._about = about
        self._now = asyncio.get_running_loop().time
        self._window_start = self._now()
        self._window_errors = 0
        self.last: str | None = None
        """The newest error, whether or not it was reported."""

    def report(self, sentence: str, source: str, reply_to: int | None = None) -> None:
        """Report an error; too many at once are left out.

        Args:
            sentence: what is wrong.
            source: what failed, such as `command:ping`.
            reply_to: id of the message that the error answers.
        """
        # An exception of a plug-in may quote half a character, which no JSON writer takes.
        sentence = sentence.encode("utf-8", "replace").decode()
        self.last = sentence
        if self._may_report():
            self._send(Error(**self._about, error=sentence, source=source, reply_to=reply_to))

    def _may_report(self) -> bool:
        now = self._now()
        if now - self._window_start >= ERROR_WINDOW:
            self._window_start, self._window_errors = now, 0
        self._window_errors += 1
        return self._window_errors <= ERRORS_PER_WINDOW
