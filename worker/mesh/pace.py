"""How soon the next message may be sent, within a transport's manners.

Pure: knows the moments of what was sent, and is given the present one.  Does not own who waits
(`outgoing`).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from typing import Final

from meshvisor.worker.mesh.transport import Manners

HOUR: Final = 3600.0
"""Seconds in which `Manners.per_hour` messages may be sent."""

Moment = tuple[float, int]
"""When a message was sent, and what it took of the hour's budget."""

RESERVE: Final = 4
"""One part of so many of an hour's budget is kept for what matters: whatever plug-ins say, commands
are answered."""


class Pace:
    """A token bucket of `burst` messages, one more each `gap`, beside a budget for each hour.

    Manners may be others at each call; what was sent before counts.
    """

    def __init__(self) -> None:
        self._full_at = float("-inf")
        """When the bucket is full again."""
        self._sent: deque[Moment] = deque()
        """What was sent within the last hour; empty while there is no budget."""
        self._total = 0
        """What all of that took."""

    @property
    def sent(self) -> Iterable[Moment]:
        """What was sent within the last hour; nothing while there is no budget."""
        return self._sent

    def restore(self, sent: Sequence[Moment]) -> None:
        """Take in what was sent before this one began, the oldest first."""
        self._sent.extendleft(reversed(sent))
        self._total += sum(cost for _, cost in sent)

    def delay(self, manners: Manners, now: float, cost: int = 1, *, spares: bool = False) -> float:
        """Return the seconds until a text may begin; 0: now.

        Args:
            manners: what to keep to.
            now: the present moment, in seconds of any clock that does not go back.
            cost: what the messages of the text take together.  All of it has to fit into the
                budget of the hour, or as much as that has: a text does not stop in its middle for
                an hour.
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
        excess = self._total + min(cost, budget) - budget
        for moment, spent in self._sent:
            if excess <= 0:
                break
            excess -= spent
            wait = max(wait, moment + HOUR - now)
        return wait

    def spend(self, manners: Manners, now: float, cost: int = 1) -> None:
        """Note that a message is sent, and what it takes of the hour's budget."""
        self._full_at = max(self._full_at, now) + manners.gap
        if manners.per_hour > 0:
            self._forget(now)
            self._sent.append((now, cost))
            self._total += cost

    def _forget(self, now: float) -> None:
        while self._sent and self._sent[0][0] + HOUR <= now:
            self._total -= self._sent.popleft()[1]
