"""A busy event loop that leaves the store's threads their share of the interpreter.

Owns when the loop pauses.  Every statement gives up Python's global lock and has to get it back.
A loop that always has something to do takes it again before a waiting thread is awake, so that its
own writes wait until it rests, which in a storm of events may be never.  (`sys.setswitchinterval`
does not help: each pass of the loop lets go of the lock, and the thread's patience begins anew.)
What counts is the processor's time, so there is no other clock that could be passed in.
"""

from __future__ import annotations

import asyncio
import time
from typing import Final

LOOK_EVERY: Final = 0.005
"""Seconds between two looks while the loop waits for the store.  What the store does for an idle
loop is mostly done before the first."""
PAUSE: Final = 0.001
"""Seconds that a busy loop pauses after each look: room for about a hundred statements, and less
than what a caller of the loop notices."""
BUSY: Final = 0.8
"""Share of the time between two looks in which a loop computes that counts as busy."""


class Fairness:
    """Watches one loop while it waits for the store; used from that loop's thread only."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self._waiting = 0
        """Calls of the store that have not come back."""
        self._timer: asyncio.TimerHandle | None = None
        """Of the next look; None: nothing is waited for."""
        self._looked_at = 0.0
        self._computed = 0.0
        """Seconds that the loop's thread had computed at the last look."""

    def __enter__(self) -> None:
        """Begin to wait for the store."""
        self._waiting += 1
        if self._timer is None:
            self._schedule()

    def __exit__(self, *_: object) -> None:
        """Wait no more."""
        self._waiting -= 1
        if not self._waiting and self._timer is not None:
            # Most calls are back before the first look, which would only wake an idle loop.
            self._timer.cancel()
            self._timer = None

    def _schedule(self) -> None:
        self._looked_at = time.monotonic()
        self._computed = time.thread_time()
        self._timer = self.loop.call_later(LOOK_EVERY, self._look)

    def _look(self) -> None:
        computed = time.thread_time() - self._computed
        if computed >= BUSY * (time.monotonic() - self._looked_at):
            time.sleep(PAUSE)
        self._schedule()
