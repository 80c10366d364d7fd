"""Heartbeats: one 8-byte slot per child in memory that supervisor and children share.

A child's event loop writes CLOCK_MONOTONIC (nanoseconds, the same clock in all processes of a
machine) into its slot; the supervisor compares the slots with its own reading.  A slot is
written in one aligned 8-byte store, so it is never seen half written, and no lock is needed:
whatever instant a child is killed at, nobody else is affected.
"""

from __future__ import annotations

import mmap
import os
import time
from typing import Final

SLOT_BYTES: Final = 8

SLOTS: Final = 16_384
"""Children at most; the pages of unused slots are never touched and cost nothing."""


def create() -> int:
    """Return the descriptor of new shared memory for `SLOTS` heartbeats."""
    descriptor = os.memfd_create("meshvisor-heartbeats", os.MFD_CLOEXEC)
    os.ftruncate(descriptor, SLOTS * SLOT_BYTES)
    return descriptor


class HeartbeatTable:
    """The shared memory, mapped into this process."""

    def __init__(self, descriptor: int) -> None:
        self._map = mmap.mmap(descriptor, SLOTS * SLOT_BYTES)
        self._slots = memoryview(self._map).cast("Q")

    def stamp(self, slot: int) -> None:
        """Write the present moment into a slot."""
        self._slots[slot] = time.monotonic_ns()

    def last(self, slot: int) -> float:
        """Return the moment of a slot's last stamp, CLOCK_MONOTONIC seconds."""
        return self._slots[slot] / 1e9

    def close(self) -> None:
        """Unmap; idempotent."""
        self._slots.release()
        self._map.close()
