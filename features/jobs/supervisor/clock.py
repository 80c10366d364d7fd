"""The time of jobs: moments of the calendar that never jump while the supervisor lives.

Waits are kept as moments, because they outlive the process.  Between two of its own looks this
clock advances with CLOCK_MONOTONIC; when the machine's clock has been set meanwhile, `step` says
by how much, and the keepers of moments move all of them by that (`shift` in `ledger.housekeeping`
and `ledger.holds`).
"""

from __future__ import annotations

from typing import Final

from meshvisor.features.jobs.supervisor.ledger.job import Millis
from meshvisor.shared.clock import Clock

STEP: Final = 2_000
"""Milliseconds that the machine's clock may be off before that counts as a step; time servers
adjust smaller differences without one."""


class JobClock:
    """Moments for jobs."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._offset = clock.wall() - clock.monotonic()
        """Seconds from the monotonic clock to the calendar."""

    def now(self) -> Millis:
        """Return the present moment."""
        return Millis(round((self._clock.monotonic() + self._offset) * 1000))

    def step(self) -> int:
        """Return by how many milliseconds the machine's clock was set; 0: it was not."""
        offset = self._clock.wall() - self._clock.monotonic()
        step = round((offset - self._offset) * 1000)
        return step if abs(step) > STEP else 0

    def follow(self, step: int) -> None:
        """Go along with a step that `step` has returned."""
        self._offset += step / 1000
