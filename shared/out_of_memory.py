"""Whom the kernel ends first when memory runs out: a child, never the supervisor.

The kernel takes the process with the highest score: its share of the memory that may be used, in
thousandths, plus an adjustment that every process may raise for itself and its children inherit.
Without one, the supervisor is the largest of a fleet of small workers, and its end is that of all.

Owns the adjustments.  Called by the zygote and the playground when they start; what they start
inherits it.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Final

MARGIN: Final = 64 * 1024 * 1024
"""Bytes by which the supervisor may be larger than a child and still is ended after it."""

MOST_POINTS: Final = 300
"""Of a step; beyond that, workers would be preferred to whatever has really used the memory up."""

_ADJUSTMENT: Final = Path("/proc/self/oom_score_adj")
_HIGHEST: Final = 1000
_MEMORY: Final = Path("/proc/meminfo")
_GROUPS: Final = Path("/proc/self/cgroup")
_MOUNTS: Final = (
    (Path("/sys/fs/cgroup"), "memory.max"),
    (Path("/sys/fs/cgroup/memory"), "memory.limit_in_bytes"),
)
"""Where control groups of version 2 and 1 are, and what their limits are called."""


def step() -> int:
    """Return the points that are worth `MARGIN` under the limits of this process."""
    limits = [*_limits_of_groups(), *_memory_of_machine()]
    if not limits:
        return 0
    return min(MOST_POINTS, -(-1000 * MARGIN // max(1, min(limits))))


def adjustment() -> int:
    """Return the present adjustment of this process; 0 where there is none to be had."""
    try:
        return int(_ADJUSTMENT.read_text())
    except (OSError, ValueError):
        return 0


def adjust(points: int) -> None:
    """Set the adjustment of this process and of all that it starts later."""
    # Some containers have a read-only /proc; then the kernel decides by size alone.
    with contextlib.suppress(OSError):
        _ADJUSTMENT.write_text(str(min(points, _HIGHEST)))


# Private


def _memory_of_machine() -> Iterator[int]:
    with contextlib.suppress(OSError):
        for line in _MEMORY.read_text().splitlines():
            name, _, amount = line.partition(":")
            if name == "MemTotal":
                yield 1024 * int(amount.removesuffix("kB"))


def _limits_of_groups() -> Iterator[int]:
    for path in _groups():
        for mount, name in _MOUNTS:
            folder = mount / path
            for group in (folder, *folder.parents):
                with contextlib.suppress(OSError, ValueError):  # "max": there is no limit
                    yield int((group / name).read_text())
                if group == mount:
                    break


def _groups() -> Iterator[str]:
    with contextlib.suppress(OSError):
        for line in _GROUPS.read_text().splitlines():
            _, controllers, path = line.split(":", 2)
            if not controllers or "memory" in controllers.split(","):
                yield path.lstrip("/")
