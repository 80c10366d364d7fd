"""How long to wait before the next attempt to connect."""

from __future__ import annotations

import random

from worker.mesh.timings import Timings


class Backoff:
    """Delays that double with every failure in a row, with jitter.

    Jitter takes up to a half off: after an outage of the server, hundreds of workers would
    otherwise come back in step.
    """

    def __init__(self, timings: Timings, rng: random.Random) -> None:
        self._timings = timings
        self._rng = rng
        self._failures = 0

    def reset(self) -> None:
        """Forget all failures."""
        self._failures = 0

    def next(self) -> float:
        """Count one more failure and return the seconds to wait."""
        # The exponent is bounded: 2 ** 1100 is no float any more.
        delay = self._timings.backoff_first * 2.0 ** min(self._failures, 20)
        self._failures += 1
        return min(delay, self._timings.backoff_most) * self._rng.uniform(0.5, 1.0)
