"""What the kernel tells of the machine: memory, disk, load.

Owns reading it.  What it does not tell is left out.
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import Final

MEMORY: Final = Path("/proc/meminfo")


def measure(home: Path) -> dict[str, float]:
    """Return the figures, by the names of `figures`."""
    found: dict[str, float] = {}
    with contextlib.suppress(OSError, ValueError, KeyError, ZeroDivisionError):
        found["memory_percent"] = _memory_percent(MEMORY.read_text())
    with contextlib.suppress(OSError, ZeroDivisionError):
        found["disk_percent"] = _disk_percent(home)
    with contextlib.suppress(OSError):
        found["load_per_processor"] = round(os.getloadavg()[0] / (os.cpu_count() or 1), 2)
    return found


def _memory_percent(text: str) -> float:
    # What programs can have without swapping; page cache counts as free, other than in MemFree.
    values = {name: int(rest.split()[0]) for name, _, rest in (_cut(text))}
    return round(100 * (1 - values["MemAvailable"] / values["MemTotal"]), 1)


def _cut(text: str) -> list[tuple[str, str, str]]:
    return [line.partition(":") for line in text.splitlines() if line.startswith("Mem")]


def _disk_percent(home: Path) -> float:
    found = os.statvfs(home)
    used = found.f_blocks - found.f_bfree
    # As df has it: what only root may use is left out.
    return round(100 * used / (used + found.f_bavail), 1)
