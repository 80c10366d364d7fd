"""Time as a value that is passed in, so that tests can move it.

`monotonic` measures durations and deadlines: it never goes back, whatever happens to the wall
clock.  `wall` is for what people and files see (epoch seconds, UTC).  Nothing may compute a
duration from `wall`.
"""

from __future__ import annotations

import time
from typing import Protocol


class Clock(Protocol):
    """The two clocks that code may read."""

    def monotonic(self) -> float:
        """Seconds since an arbitrary start; never decreases (CLOCK_MONOTONIC)."""
        ...

    def wall(self) -> float:
        """Seconds since the epoch, UTC; may jump in either direction."""
        ...


class SystemClock:
    """The machine's clocks."""

    def monotonic(self) -> float:
        """Return CLOCK_MONOTONIC in seconds."""
        return time.monotonic()

    def wall(self) -> float:
        """Return the epoch time in seconds."""
        return time.time()
