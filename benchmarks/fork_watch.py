"""Sees new processes within a fraction of a millisecond, for any contender alike.

The kernel shows the PID that it gave out last in /proc/loadavg; reading it takes microseconds
however many processes there are.  Only when it moves are the new PIDs looked at.
"""

from __future__ import annotations

import time
from collections.abc import Collection
from pathlib import Path
from typing import Final

MOST_AT_ONCE: Final = 4096
"""PIDs looked at after a jump; a larger jump means that the numbers began anew."""

_LOADAVG: Final = Path("/proc/loadavg")


class ForkWatch:
    """Collects the births of children of some processes, from now on."""

    def __init__(self, parents: Collection[int]) -> None:
        self._parents = frozenset(parents)
        self._last = _last_pid()
        self.births: dict[int, int] = {}
        """PID -> when it was first seen (CLOCK_MONOTONIC, ns)."""

    def look(self) -> None:
        """Note what was born since the last look; call it in a tight loop."""
        newest = _last_pid()
        seen_at = time.monotonic_ns()
        if newest == self._last:
            return
        first = self._last + 1 if 0 < newest - self._last < MOST_AT_ONCE else 1
        self._last = newest
        if newest - first >= MOST_AT_ONCE:
            first = newest
        for pid in range(first, newest + 1):
            if _parent_of(pid) in self._parents:
                self.births.setdefault(pid, seen_at)


def _last_pid() -> int:
    return int(_LOADAVG.read_bytes().rsplit(maxsplit=1)[-1])


def _parent_of(pid: int) -> int | None:
    """Return the parent, or None for what is gone and for threads (they use up PIDs too)."""
    try:
        text = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return None
    fields = dict(line.split(":\t", 1) for line in text.splitlines() if ":\t" in line)
    return int(fields["PPid"]) if int(fields["Tgid"]) == pid else None
