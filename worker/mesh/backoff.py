"""How long to wait before the next attempt to connect."""

from __future__ import annotations

from collections.abc import Callable

from meshvisor.worker.mesh.timings import Timings


class Backoff:
    """Delays that double with every failure in a row, with jitter.

    Jitter takes up to a half off: after an outage of the server, hundreds of workers would
    otherwise come back in step.

    Args:
        timings: the first delay and the longest one.
        uniform: returns a random number between two others, as `random.uniform` does.
    """

    def __init__(self, timings: Timings, uniform: Callable[[float, float], float]) -> None:
        self._timings = timings
        self._uniform = uniform
        self._failures = 0

    def reset(self) -> None:
        """Forget all failures."""
        self._failures = 0

    def next(self) -> float:
        """Count one more failure and return the seconds to wait."""
        # The exponent is bounded: 2 ** 1100 is no float any more.
        delay = self._timings.backoff_first * 2.0 ** min(self._failures, 20)
        self._failures += 1
        return min(delay, self._timings.backoff_most) * self._uniform(0.5, 1.0)
