"""What all processes of a background command use at present."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from meshvisor.features.background.identity import TICKS
from meshvisor.features.background.keeper.tree import descendants
from meshvisor.features.background.looking import Found

PAGE: Final = os.sysconf("SC_PAGE_SIZE")
"""Bytes."""


@dataclass(frozen=True, slots=True)
class Usage:
    """Of the keeper and all that comes from it."""

    processes: int
    memory: int
    """Bytes."""
    cpu_seconds: float
    """Of one core, since it was started; what its ended children have used counts as well."""
    cpu_percent: float
    """Of one core, on average."""


def usage_of(found: Found) -> Usage | None:
    """Return what a command uses; None: it does not run."""
    if not found.runs:
        return None
    keeper = found.status.pid
    figures = [one for pid in (keeper, *descendants(keeper)) if (one := _figures(pid)) is not None]
    if not figures:
        return None  # it has ended this very moment
    seconds = sum(ticks for _, ticks in figures) / TICKS
    percent = 100 * seconds / max(found.runtime, 0.01)
    memory = sum(pages for pages, _ in figures) * PAGE
    return Usage(len(figures), memory, round(seconds, 2), round(percent, 1))


# Private


def _figures(pid: int) -> tuple[int, int] | None:
    """Return pages of memory, and ticks of it and of its children that have ended; proc(5)."""
    try:
        # psutil says the same, and takes a fifth of the time of a whole `process-status` to load.
        text = Path(f"/proc/{pid}/stat").read_bytes()
    except OSError:
        return None
    fields = text.rpartition(b")")[2].split()
    return int(fields[21]), sum(map(int, fields[11:15]))
