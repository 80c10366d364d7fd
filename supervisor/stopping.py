"""Whether the supervisor is to stop, who asked for it, and whether the stop is forced.

Owns what counts as asking a second time.  Does not own the stop itself (`supervisor.service`), nor
the signals (`supervisor.signals`).
"""

from __future__ import annotations

import asyncio
from typing import Final

from meshvisor.shared.clock import Clock

FORCE_AFTER: Final = 0.3
"""Seconds after the first request from which on a second one forces the stop.  Service managers,
shells and `timeout` send one signal twice within milliseconds; a person takes longer."""


class StopRequest:
    """What was asked for so far; make it inside a running event loop.

    Args:
        clock: measures the time between two requests.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._first_at = 0.0
        self.asked = asyncio.Event()
        """Set when everything shall end politely."""
        self.force = asyncio.Event()
        """Set when nothing shall be waited for any more."""
        self.reason = ""
        """Who asked first, such as `SIGTERM`; empty: no stop was asked for."""

    def ask(self, reason: str, *, insists: bool) -> bool:
        """Take a request in and return whether it has changed anything.

        Args:
            reason: who asks.
            insists: whether it forces the stop when it comes `FORCE_AFTER` seconds after the first.
        """
        now = self._clock.monotonic()
        if not self.asked.is_set():
            self.reason, self._first_at = reason, now
            self.asked.set()
            return True
        if not insists or now - self._first_at < FORCE_AFTER or self.force.is_set():
            return False
        self.force.set()
        return True
