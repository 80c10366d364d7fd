"""Whose command runs next: slots for all, a limit for each, and the users in turn.

Owns how many commands run and wait, and their order.  Does not own commands (`dispatcher`) nor
how often a user may ask (`cooldown`).
"""

from __future__ import annotations

import asyncio
import enum
from collections import Counter, OrderedDict, deque
from collections.abc import Hashable
from typing import Final

MAX_WAITING: Final = 100
"""Commands that may wait for a free slot.  Who waits behind a hundred others has given up."""

MAX_OF_ONE_USER: Final = 5
"""Commands of one user that may run or wait: more than a user has in mind at once."""

LEAST_SHARE: Final = 2
"""Commands of one user that may run at the same time, however few slots there are."""


class Admission(enum.Enum):
    """Whether there is room for one more command."""

    ADMITTED = "admitted"
    USER_HAS_ENOUGH = "user has enough"
    FULL = "full"


class Slots:
    """Slots in which commands run.

    One user gets half of them at most, so that slow commands of one leave room for the others,
    and users who wait are served in turn, one command each.

    Args:
        count: commands that run at the same time.
    """

    def __init__(self, count: int) -> None:
        self._free = count
        self._most = count + MAX_WAITING
        self._share = max(LEAST_SHARE, count // 2)
        self._admitted: Counter[Hashable] = Counter()
        self._running: Counter[Hashable] = Counter()
        self._waiting: OrderedDict[Hashable, deque[asyncio.Future[None]]] = OrderedDict()
        """By user; whose turn it is comes first."""

    def admit(self, user: Hashable) -> Admission:
        """Count one more command of a user, unless there are too many; then use `slot`."""
        if self._admitted[user] >= MAX_OF_ONE_USER:
            return Admission.USER_HAS_ENOUGH
        if self._admitted.total() >= self._most:
            return Admission.FULL
        self._admitted[user] += 1
        return Admission.ADMITTED

    def slot(self, user: Hashable) -> _Slot:
        """Wait for a slot, and give it and the admission back behind the block."""
        return _Slot(self, user)

    async def take(self, user: Hashable) -> None:
        """Wait for a slot; what was admitted is over when that is cancelled."""
        if self._free and not self._waiting and self._running[user] < self._share:
            # As nearly always: nothing is before it.
            self._free -= 1
            self._running[user] += 1
            return
        try:
            await self._wait(user)
        except BaseException:
            _count_down(self._admitted, user)
            raise

    def give_back(self, user: Hashable) -> None:
        """Let the next command run."""
        self._free += 1
        _count_down(self._running, user)
        self._grant()
        _count_down(self._admitted, user)

    # Private

    async def _wait(self, user: Hashable) -> None:
        granted: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(user, deque()).append(granted)
        self._grant()
        try:
            await granted
        except asyncio.CancelledError:
            if granted.done() and not granted.cancelled():
                # Granted and cancelled in the same turn of the loop: the next one gets it.
                self._free += 1
                _count_down(self._running, user)
                self._grant()
            raise

    def _grant(self) -> None:
        """Give free slots to those whose turn it is."""
        while self._free and (user := self._next_user()) is not None:
            futures = self._waiting.pop(user)
            granted = futures.popleft()
            if futures:
                self._waiting[user] = futures  # last in the row from now on
            if not granted.done():
                self._free -= 1
                self._running[user] += 1
                granted.set_result(None)

    def _next_user(self) -> Hashable | None:
        for user in self._waiting:
            if self._running[user] < self._share:
                return user
        return None


class _Slot:
    """Waiting for a slot, and having one."""

    __slots__ = ("_slots", "_user")

    def __init__(self, slots: Slots, user: Hashable) -> None:
        self._slots = slots
        self._user = user

    async def __aenter__(self) -> None:
        await self._slots.take(self._user)

    async def __aexit__(self, *_error: object) -> None:
        self._slots.give_back(self._user)


def _count_down(counter: Counter[Hashable], user: Hashable) -> None:
    counter[user] -= 1
    if not counter[user]:
        del counter[user]
