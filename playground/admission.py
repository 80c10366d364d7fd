"""Admission of connects: those that are refused, or left unanswered, on request.

Owns the refusals that faults have set.  Asked by the upgrade handler and the REST discovery.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Final

EVERYWHERE: Final = None
"""The key of a refusal that holds for every room."""


@dataclass(slots=True)
class Refusal:
    """An answer that turns connects away."""

    status: int
    """HTTP status."""
    reason: str
    times: int | None = None
    """How many connects it still refuses; None: until it is lifted."""
    retry_after: int | None = None
    """Seconds in a `Retry-After` header; None: there is none."""


class Admission:
    """The refusals in force."""

    def __init__(self) -> None:
        self._refusals: dict[str | None, Refusal] = {}
        self._stalled: dict[str | None, asyncio.Event] = {}
        self.api: Refusal | None = None
        """Refuses requests to the REST discovery."""

    def refuse(self, room: str | None, refusal: Refusal) -> None:
        """Refuse connects to `room`, or to every room when it is `EVERYWHERE`."""
        self._refusals[room] = refusal

    def stall(self, room: str | None) -> None:
        """Leave connects unanswered until they are allowed."""
        self._stalled.setdefault(room, asyncio.Event())

    def allow(self, room: str | None) -> None:
        """Lift what `refuse` and `stall` have set for the same `room`."""
        self._refusals.pop(room, None)
        if (stalled := self._stalled.pop(room, None)) is not None:
            stalled.set()

    def allow_all(self) -> None:
        """Lift everything."""
        self.api = None
        for room in [*self._refusals, *self._stalled]:
            self.allow(room)

    async def wait(self, room: str) -> None:
        """Return when connects to `room` are answered at all."""
        for key in (EVERYWHERE, room):
            if (stalled := self._stalled.get(key)) is not None:
                await stalled.wait()

    def check(self, room: str) -> Refusal | None:
        """Return the refusal that holds for a connect to `room`, and count it."""
        for key in (EVERYWHERE, room):
            refusal = self._refusals.get(key)
            if refusal is not None and spend(refusal):
                return refusal
        return None

    def check_api(self) -> Refusal | None:
        """Return the refusal that holds for a REST request, and count it."""
        return self.api if self.api is not None and spend(self.api) else None


def spend(refusal: Refusal) -> bool:
    """Use a refusal once; return whether it still held."""
    if refusal.times is None:
        return True
    refusal.times -= 1
    return refusal.times >= 0
