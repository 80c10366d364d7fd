"""Which heartbeat slots are free.

Shared by all who start children: two that stamp the same slot would hide each other's hanging.
"""

from __future__ import annotations

from meshvisor.shared.heartbeat import SLOTS


class Slots:
    """Indices into the table of heartbeats."""

    def __init__(self) -> None:
        self._free = list(range(SLOTS - 1, -1, -1))

    def take(self) -> int:
        """Return a free slot."""
        return self._free.pop()

    def give_back(self, slot: int) -> None:
        """Let others have a slot, whose child is gone."""
        self._free.append(slot)
