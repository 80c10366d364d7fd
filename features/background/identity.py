"""Which process it is: a PID alone may be that of another by now.

The moment at which a process began, counted by the kernel in ticks since the machine was started,
does not move when the clock is set.  With the id of that start of the machine it is unique.
"""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

TICKS: Final = os.sysconf("SC_CLK_TCK")
"""A second has so many."""

_BOOT_ID: Final = Path("/proc/sys/kernel/random/boot_id")


@dataclass(frozen=True, slots=True)
class Identity:
    """One process, never to be mistaken for another."""

    pid: int
    started: int
    """Ticks since the machine was started."""
    boot: str
    """Which start of the machine."""

    def lives(self) -> bool:
        """Say whether the process runs; one that has ended and was not asked for is dead."""
        return identity_of(self.pid) == self

    def age(self) -> float:
        """Return the seconds since it began."""
        return max(0.0, since_boot() - self.started / TICKS)


def identity_of(pid: int) -> Identity | None:
    """Return who has a PID at present; None: no process."""
    try:
        text = Path(f"/proc/{pid}/stat").read_bytes()
    except OSError:
        return None
    # The name, in brackets, may hold anything.
    fields = text.rpartition(b")")[2].split()
    if fields[0] in (b"Z", b"X"):
        return None
    return Identity(pid, int(fields[19]), boot_id())


def since_boot() -> float:
    """Return the seconds since the machine was started; it counts on while the machine sleeps."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


def boot_id() -> str:
    """Return the id of this start of the machine."""
    return _BOOT_ID.read_text().strip()
