"""How soon the next message may be sent, within a transport's manners.

Pure: knows the moments of what was sent, and is told the present one.  Does not own who waits
(`outgoing`).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from typing import Final

from meshvisor.worker.mesh.transport import Manners

HOUR: Final = 3600.0
"""Seconds in which `Manners.per_hour` messages may be sent."""

RESERVE: Final = 4
"""One of so many messages within an hour is kept for what matters: whatever plug-ins say, commands
are answered."""


class Pace:
    """A token bucket of `burst` messages, one more each `gap`, beside a budget for each hour.

    Manners may be others at each call; what was sent before counts.
    """

    def __init__(self) -> None:
        self._full_at = float("-inf")
        """When the bucket is full again."""
        self._sent: deque[float] = deque()
        """When messages of the last hour were sent; empty while there is no budget."""

    @property
    def sent(self) -> Iterable[float]:
        """When messages of the last hour were sent; none while there is no budget."""
        return self._sent

    def restore(self, moments: Sequence[float]) -> None:
        """Take in when messages were sent before this one began, the oldest first."""
        self._sent.extendleft(reversed(moments))

    def delay(
        self, manners: Manners, now: float, messages: int = 1, *, spares: bool = False
    ) -> float:
        """Return the seconds until a text may begin; 0: now.

        Args:
            manners: what to keep to.
            now: the present moment, in seconds of any clock that does not go back.
            messages: how many the text consists of.  All have to fit into the budget of the hour,
                or as many as that has: a text does not stop in its middle for an hour.
            spares: whether it leaves a part of that budget to others.
        """
        opens = self._full_at - max(0, manners.burst - 1) * manners.gap
        # Never more than a gap, also after manners have become looser.
        wait = max(0.0, min(opens - now, manners.gap))
        if manners.per_hour <= 0:
            return wait
        self._forget(now)
        budget = manners.per_hour
        if spares:
            budget = max(1, budget - max(1, budget // RESERVE))
        excess = len(self._sent) + min(messages, budget) - budget
        if excess > 0:
            wait = max(wait, self._sent[excess - 1] + HOUR - now)
        return wait

    def spend(self, manners: Manners, now: float) -> None:
        """Note that a message is sent."""
        self._full_at = max(self._full_at, now) + manners.gap
        if manners.per_hour > 0:
            self._forget(now)
            self._sent.append(now)

    def _forget(self, now: float) -> None:
        while self._sent and self._sent[0] + HOUR <= now:
            self._sent.popleft()
