"""The bucket that every connect to one server draws a token from, as pure state.

A server that comes back after an outage must not meet the whole fleet at once, and a server that
counts connects must never count more than was set.  So a token returns to the bucket one
second after its connect has *ended* (joined or failed), not after it was granted: whatever time
the connect takes on its way, no second at the server ever sees more of them than there are
tokens.
"""

from __future__ import annotations

from collections import deque
from typing import Final

PERIOD: Final = 1.0
"""Seconds; the limit is per second."""

LONGEST_LEASE: Final = 3.0
"""Seconds after which a token counts as used although the worker has not reported.  Otherwise
a few addresses that swallow packets would hold all tokens for their whole connect timeout."""


class ConnectLimiter:
    """Grants connects in the order of the requests.

    Args:
        per_second: tokens in the bucket.
    """

    def __init__(self, per_second: int) -> None:
        self.per_second = per_second
        self._queue: dict[str, None] = {}
        self._leases: dict[str, float] = {}
        self._returning: deque[float] = deque()

    @property
    def waiting(self) -> int:
        """How many wait for a token."""
        return len(self._queue)

    def is_idle(self, now: float) -> bool:
        """Say whether no mesh waits, has a token or had one within the last second."""
        self._expire(now)
        return not (self._queue or self._leases or self._returning)

    def ask(self, key: str) -> None:
        """Queue a mesh for a token; asking again keeps its place."""
        self._queue.setdefault(key)

    def settle(self, key: str, now: float) -> None:
        """The connect of a mesh has ended, or the mesh is gone and wants no token any more."""
        self._queue.pop(key, None)
        if self._leases.pop(key, None) is not None:
            self._returning.append(now + PERIOD)

    def grant(self, now: float) -> list[str]:
        """Return the meshes that may connect now."""
        self._expire(now)
        granted = []
        while self._queue and len(self._leases) + len(self._returning) < self.per_second:
            key = next(iter(self._queue))
            del self._queue[key]
            if key in self._leases:
                # It never said how the last one went; that token is on its way back.
                self.settle(key, now)
                self._queue = {key: None, **self._queue}
                continue
            self._leases[key] = now
            granted.append(key)
        return granted

    def next_at(self) -> float | None:
        """Return when `grant` may have something to grant; None: not before a call changes it."""
        if not self._queue:
            return None
        moments = []
        if self._returning:
            moments.append(self._returning[0])
        if self._leases:
            moments.append(min(self._leases.values()) + LONGEST_LEASE)
        return min(moments) if moments else None

    def _expire(self, now: float) -> None:
        while self._returning and self._returning[0] <= now:
            self._returning.popleft()
        for key, granted in list(self._leases.items()):
            if now - granted >= LONGEST_LEASE:
                del self._leases[key]
