"""Who does something in the room, and where they are: both reported to the supervisor together.

Owns the batching of `presence`.  Called by the bot with all that the transport delivers.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from typing import Any, Final

from meshvisor.shared.protocol.fields import as_name
from meshvisor.shared.protocol.from_worker import (
    LONGEST_PRESENT,
    MOST_PRESENT,
    PositionRow,
    SeenRow,
)
from meshvisor.worker.mesh.transport import Observed, User

POSITION: Final = "position"
"""Kind of what networks observe that says where a user is."""

POSITIONS_WITHIN: Final = 0.5
"""Seconds until a position is handed on: rules wait for users who enter a zone."""

LARGEST_ACCURACY: Final = 1e7
"""Metres: from the equator to a pole."""

HandOn = Callable[[tuple[SeenRow, ...], tuple[PositionRow, ...]], None]


class PresenceBatch:
    """Collects the users who were seen, each once, and all positions.

    Args:
        hand_on: called with at most `MOST_PRESENT` rows of each, never with none of both.
        period: seconds between the first one who was seen and the hand-over.
        now: epoch seconds.

    Attributes:
        is_wanted: whether anything is collected.
    """

    def __init__(
        self, hand_on: HandOn, period: float, now: Callable[[], float] = time.time
    ) -> None:
        self._hand_on = hand_on
        self._period = period
        self._now = now
        self._seen: dict[str, SeenRow] = {}
        self._positions: list[PositionRow] = []
        self._timer: asyncio.TimerHandle | None = None
        self.is_wanted = False

    def see(self, user: User, at: float | None = None) -> None:
        """Note that a user does something.

        Args:
            user: who; one with an id that cannot be is left out.
            at: epoch seconds, as the network says, which may be nonsense; None: now.
        """
        if not self.is_wanted or not _can_be(user):
            return
        now = self._now()
        moment = now if at is None or not 0 <= at <= now else at
        before = self._seen.get(user.id)
        if before is None or before[2] <= moment:
            self._seen[user.id] = (user.id, as_name(user.name), moment)
        self._wait(self._period)

    def observe(self, observed: Observed) -> None:
        """Note what a network tells of a user, and where they are if it says so."""
        user = observed.user
        if not self.is_wanted or user is None or not _can_be(user):
            return
        place = _place(observed.data) if observed.kind == POSITION else None
        if place is None:
            self.see(user)
            return
        now = self._now()
        at = _number(observed.data.get("at"), 0, now)
        moment = now if at is None else at
        self._positions.append((user.id, as_name(user.name), moment, *place))
        self._wait(min(self._period, POSITIONS_WITHIN))

    def flush(self) -> None:
        """Hand on what has been collected now; idempotent."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._seen or self._positions:
            seen, self._seen = self._seen, {}
            positions, self._positions = self._positions, []
            self._hand_on(tuple(seen.values()), tuple(positions))

    def _wait(self, period: float) -> None:
        if len(self._seen) >= MOST_PRESENT or len(self._positions) >= MOST_PRESENT:
            self.flush()
            return
        due = asyncio.get_running_loop().time() + period
        if self._timer is not None:
            if self._timer.when() <= due:
                return
            self._timer.cancel()
        self._timer = asyncio.get_running_loop().call_at(due, self.flush)


# Private


def _can_be(user: User) -> bool:
    return 0 < len(user.id) <= LONGEST_PRESENT


def _place(data: Mapping[str, Any]) -> tuple[float, float, float | None] | None:
    """Return latitude, longitude and accuracy in metres; None: the network says nothing usable."""
    latitude = _number(data.get("latitude"), -90, 90)
    longitude = _number(data.get("longitude"), -180, 180)
    if latitude is None or longitude is None:
        return None
    return latitude, longitude, _number(data.get("accuracy_m"), 0, LARGEST_ACCURACY)


def _number(value: Any, least: float, most: float) -> float | None:
    """Return a number within limits; None: no number, or beyond the limits."""
    if type(value) not in {int, float} or not least <= value <= most:
        return None
    return float(value)
