"""Clocks that tests move by hand."""

from __future__ import annotations

from datetime import UTC, datetime

START = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC).timestamp()
"""Epoch seconds at which a `ManualClock` begins."""


class ManualClock:
    """Implements `shared.clock.Clock`; both sides stand still until they are moved."""

    def __init__(self) -> None:
        self._monotonic = 1000.0
        self._wall = START

    def monotonic(self) -> float:
        """Return the moved time."""
        return self._monotonic

    def wall(self) -> float:
        """Return the moved epoch time."""
        return self._wall

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self._monotonic += seconds
        self._wall += seconds

    def set_wall(self, wall: float) -> None:
        """Set the wall clock, as an operator or a time server does."""
        self._wall = wall

    def sleep(self, seconds: float) -> None:
        """Suspend the machine: the monotonic clock of Linux does not count that."""
        self._wall += seconds
