"""Signs of life: the heartbeat, the event loop's lag, memory and uptime.

Owns one timer.  Called by the worker for every `status_request`, which hundreds of workers get
at the same moment: that way must cost microseconds.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from typing import Final

from meshvisor.shared.protocol.start import HEARTBEAT_INTERVAL

PAGE: Final = os.sysconf("SC_PAGE_SIZE")


class Vitals:
    """Stamps the heartbeat and measures.

    Args:
        stamp: writes the heartbeat.
        on_beat: called with every beat, for housekeeping that must not have a timer of its own.
    """

    def __init__(self, stamp: Callable[[], None], on_beat: Callable[[], None]) -> None:
        self._stamp = stamp
        self._on_beat = on_beat
        self._loop = asyncio.get_running_loop()
        self._started = self._loop.time()
        self._due = self._started
        self._lag = 0.0
        self._timer: asyncio.TimerHandle | None = None
        # Kept open: opening it takes longer than everything else in an answer.
        self._statm = os.open("/proc/self/statm", os.O_RDONLY | os.O_CLOEXEC)
        self._beat()

    @property
    def uptime(self) -> float:
        """Seconds since this was made."""
        return self._loop.time() - self._started

    def take_lag_ms(self) -> float:
        """Return the longest delay of a beat since the last call, in milliseconds."""
        # A beat that is overdue at this moment counts as well: after a long hang the request
        # may be read before the timer fires.
        lag = max(self._lag, self._loop.time() - self._due)
        self._lag = 0.0
        return max(lag, 0.0) * 1000

    def memory_bytes(self) -> int:
        """Return the resident set size."""
        return int(os.pread(self._statm, 128, 0).split()[1]) * PAGE

    def stop(self) -> None:
        """Stop beating; idempotent."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
            os.close(self._statm)

    def _beat(self) -> None:
        now = self._loop.time()
        self._stamp()
        self._lag = max(self._lag, now - self._due)
        self._due = now + HEARTBEAT_INTERVAL
        self._timer = self._loop.call_at(self._due, self._beat)
        self._on_beat()
