"""One user, one command and not too often.

Owns who has to wait between two commands.  Does not own how many may be under way
(`concurrency`).  The clock is passed in.
"""

from __future__ import annotations

import enum
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Final

FORGET_ABOVE: Final = 256
"""Users remembered before those whose time is over are forgotten; a busy room has thousands."""


class Verdict(enum.Enum):
    """What to do with a command."""

    RUN = "run"
    NOTICE = "notice"
    """Too early, for the first time: say so."""
    IGNORE = "ignore"
    """Too early again: an answer to each would be the flood that this prevents."""


@dataclass(slots=True)
class _Wait:
    until: float
    noticed: bool = False


class Cooldown:
    """Remembers when each user may use a command again.

    Args:
        seconds: between two commands of one user; 0: no waiting.
        now: a clock in seconds that never goes back.
    """

    def __init__(self, seconds: float, now: Callable[[], float]) -> None:
        self._seconds = seconds
        self._now = now
        self._waits: OrderedDict[Hashable, _Wait] = OrderedDict()
        """By user; all last equally long, so the one that ends first is first."""

    def check(self, user: Hashable) -> Verdict:
        """Say what to do with a command of this user; RUN starts a new wait."""
        if self._seconds == 0:
            return Verdict.RUN
        now = self._now()
        wait = self._waits.get(user)
        if wait is None or now >= wait.until:
            self._forget(now)
            self._waits[user] = _Wait(now + self._seconds)
            self._waits.move_to_end(user)
            return Verdict.RUN
        if wait.noticed:
            return Verdict.IGNORE
        wait.noticed = True
        return Verdict.NOTICE

    def left(self, user: Hashable) -> float:
        """Return the seconds that this user still has to wait."""
        wait = self._waits.get(user)
        return max(0.0, wait.until - self._now()) if wait else 0.0

    def _forget(self, now: float) -> None:
        # Each is looked at once when it is over, and not all at each command of a busy room.
        while len(self._waits) >= FORGET_ABOVE and next(iter(self._waits.values())).until <= now:
            self._waits.popitem(last=False)
