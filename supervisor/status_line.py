"""The status line of `meshvisor run` and of `systemctl status`.

Owns when it is updated.  Does not own what it says (`supervisor.service`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

INTERVAL: Final = 0.1
"""Seconds between two updates.  Counting all meshes after each change would stand between a dead
worker and its successor."""


class StatusLine:
    """Shows a line that changes often; make it inside a running event loop.

    Args:
        text: returns the line as it is now.
        shows: each is given the line.
    """

    def __init__(self, text: Callable[[], str], *shows: Callable[[str], None]) -> None:
        self._text = text
        self._shows = shows
        self._due: asyncio.TimerHandle | None = None

    def update_soon(self) -> None:
        """Show the line as it will be in a moment; quick."""
        if self._due is None:
            self._due = asyncio.get_running_loop().call_later(INTERVAL, self.update)

    def update(self) -> None:
        """Show the line as it is now."""
        if self._due is not None:
            self._due.cancel()
            self._due = None
        line = self._text()
        for show in self._shows:
            show(line)
