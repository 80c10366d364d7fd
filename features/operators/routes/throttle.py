"""How often a client may try to sign in: a pure history of failures by name and by address.

After some failures each further try has to wait, twice as long each time.  A name is slowed down
whichever address tries it, an address whatever name it tries; a success clears the name only.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import Final

FREE: Final = 5
"""Failures that cost nothing: people mistype."""
FIRST: Final = 2.0
"""Seconds after the first failure beyond those."""
LONGEST: Final = 300.0
FORGOTTEN_AFTER: Final = 900.0
"""Seconds without a failure after which all is forgotten."""
MOST_KEPT: Final = 10_000
"""Names and addresses; the one that failed longest ago goes first."""


class Throttle:
    """Remembers failures."""

    def __init__(self) -> None:
        self._failures: OrderedDict[str, tuple[int, float]] = OrderedDict()

    def wait(self, keys: tuple[str, ...], now: float) -> float:
        """Return the seconds until a try may be made; 0: at once.

        Args:
            keys: what is tried and from where.
            now: monotonic seconds.
        """
        return max(0.0, *(self._until(key, now) - now for key in keys))

    def failed(self, keys: tuple[str, ...], now: float) -> int:
        """Note a failure, and return how many that makes for the first key."""
        for key in keys:
            count = self._count(key, now) + 1
            self._failures[key] = (count, now)
            self._failures.move_to_end(key)
        while len(self._failures) > MOST_KEPT:
            self._failures.popitem(last=False)
        return self._failures[keys[0]][0]

    def succeeded(self, key: str) -> None:
        """Forget the failures of a key."""
        self._failures.pop(key, None)

    # Private

    def _count(self, key: str, now: float) -> int:
        count, at = self._failures.get(key, (0, now))
        return 0 if now - at > FORGOTTEN_AFTER else count

    def _until(self, key: str, now: float) -> float:
        count = self._count(key, now)
        if count < FREE:
            return 0.0
        _, at = self._failures[key]
        return at + min(LONGEST, FIRST * 2.0 ** min(count - FREE, 16))
