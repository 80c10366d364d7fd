"""How much of an hour's budget is spent, reported to the supervisor so that a successor knows.

Owns how often it is reported, and the way between moments of the loop and minutes of the clock.
Does not own the budget (`pace`) nor keeping the reports, which the supervisor does.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Final

from meshvisor.shared.protocol.fields import SentMinutes
from meshvisor.shared.protocol.from_worker import Spent
from meshvisor.worker.mesh.link import Link
from meshvisor.worker.mesh.pace import HOUR, Moment, Pace

INTERVAL: Final = 0.5
"""Seconds within which a message that was sent is reported."""

MINUTE: Final = 60


class Spending:
    """What one bot has sent within the last hour.

    Args:
        link: to the supervisor.
        mesh_id: whose.
        pace: knows the moments.
        now: seconds, as of the pace.
        wall: epoch seconds.
    """

    def __init__(
        self,
        link: Link,
        mesh_id: str,
        pace: Pace,
        now: Callable[[], float],
        wall: Callable[[], float] = time.time,
    ) -> None:
        self._link = link
        self._mesh_id = mesh_id
        self._pace = pace
        self._now = now
        self._wall = wall
        self._timer: asyncio.TimerHandle | None = None
        self._has_begun = False

    def begin(self, minutes: SentMinutes) -> None:
        """Take in what predecessors have sent; once, for later on this bot knows more."""
        if not self._has_begun:
            self._has_begun = True
            self._pace.restore(moments(minutes, self._wall() - self._now(), self._now()))

    def spent(self) -> None:
        """Have it reported to the supervisor soon that a message was sent."""
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(INTERVAL, self.tell)

    def tell(self) -> None:
        """Report what is not reported yet."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
            sent = in_minutes(self._pace.sent, self._wall() - self._now())
            self._link.send(Spent(minutes=sent, mesh_id=self._mesh_id))


def in_minutes(sent: Iterable[Moment], ahead: float) -> SentMinutes:
    """Return what was spent in which minute since 1970.

    Args:
        sent: moments and costs.
        ahead: what the clock shows beyond the seconds of these.
    """
    minutes: Counter[int] = Counter()
    for moment, cost in sent:
        minutes[int((moment + ahead) // MINUTE)] += cost
    return tuple(sorted(minutes.items()))


def moments(minutes: SentMinutes, ahead: float, now: float) -> list[Moment]:
    """Return when something was spent, at the latest: at the end of its minute, but not later than
    now; what is older than an hour is left out.
    """
    found = []
    for minute, cost in sorted(minutes):
        moment = min((minute + 1) * MINUTE - ahead, now)
        if moment > now - HOUR:
            found.append((moment, cost))
    return found
