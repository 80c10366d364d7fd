"""Heartbeats, and marks: 8 bytes of each per child in memory that supervisor and children share.

A child's event loop writes CLOCK_MONOTONIC (nanoseconds, the same clock in all processes of a
machine) into its slot; the supervisor compares the slots with its own reading.  A mark says what
a child works on, for the case that it never gets around to saying anything again.  A slot is
written in one aligned 8-byte store, so it is never seen half written, and no lock is needed:
whatever instant a child is killed at, no other child is affected.
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
    """Return the descriptor of new shared memory for `SLOTS` heartbeats and as many marks."""
    descriptor = os.memfd_create("meshvisor-heartbeats", os.MFD_CLOEXEC)
    os.ftruncate(descriptor, 2 * SLOTS * SLOT_BYTES)
    return descriptor


class HeartbeatTable:
    """The shared memory, mapped into this process."""

    def __init__(self, descriptor: int) -> None:
        self._map = mmap.mmap(descriptor, 2 * SLOTS * SLOT_BYTES)
        self._slots = memoryview(self._map).cast("Q")

    def stamp(self, slot: int) -> None:
        """Write the present moment into a slot."""
        self._slots[slot] = time.monotonic_ns()

    def last(self, slot: int) -> float:
        """Return the moment of a slot's last stamp, CLOCK_MONOTONIC seconds."""
        return self._slots[slot] / 1e9

    def mark(self, slot: int, value: int) -> None:
        """Say what the child of a slot works on; 0: nothing."""
        self._slots[SLOTS + slot] = value

    def marked(self, slot: int) -> int:
        """Return what the child of a slot works on."""
        return self._slots[SLOTS + slot]

    def forget(self) -> None:
        """Share nothing any more; what is written from now on is not read."""
        self.close()
        self._map = mmap.mmap(-1, 2 * SLOTS * SLOT_BYTES)
        self._slots = memoryview(self._map).cast("Q")

    def close(self) -> None:
        """Unmap; idempotent."""
        self._slots.release()
        self._map.close()
