"""How often a bot has lost its mesh lately: one that connects again and again is not well.

Owns the count and the sentence.  Pure: it is given the time.  Called by `reactions` and
`connections`; `reports` shows it.
"""

from __future__ import annotations

from collections import deque
from typing import Final, NamedTuple

from meshvisor.features.fleet.wordings import RECONNECTS, RECONNECTS_BECAUSE

WINDOW: Final = 600.0
"""Seconds that are looked back."""

MOST: Final = 5
"""Losses within them that are no reason to say anything: a network that ends connections now and
then is lost less often, a program that ends as soon as it has begun within half a minute as
often."""

REMEMBERED: Final = 1000
"""Losses within them that are counted; with the shortest pauses there are fewer."""


class Losses(NamedTuple):
    """How a mesh is lost again and again."""

    times: int
    within_seconds: float
    last: str
    """Why it was lost the last time."""


class LossCount:
    """Those of one mesh."""

    def __init__(self) -> None:
        self._moments: deque[float] = deque(maxlen=REMEMBERED)
        self._last = ""

    def note(self, now: float, why: str) -> None:
        """Take in that the mesh was lost, or not reached."""
        self._moments.append(now)
        self._last = why

    def reset(self) -> None:
        """Begin anew."""
        self._moments.clear()

    def lately(self, now: float) -> Losses | None:
        """Return the losses within `WINDOW`; None: too few to report."""
        while self._moments and self._moments[0] <= now - WINDOW:
            self._moments.popleft()
        if len(self._moments) <= MOST:
            return None
        return Losses(len(self._moments), WINDOW, self._last)


def sentence(mesh_id: str, losses: Losses) -> str:
    """Return it for operators, without a stop."""
    minutes = round(losses.within_seconds / 60)
    said = {"mesh_id": mesh_id, "times": losses.times, "minutes": minutes}
    if why := losses.last.rstrip("."):
        return RECONNECTS_BECAUSE.said(why=why, **said)
    return RECONNECTS.said(**said)
