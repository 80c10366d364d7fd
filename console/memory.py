"""The console's own limit of memory, so that no mistake in it takes what the fleet needs.

Owns RLIMIT_DATA, beyond which Python raises MemoryError, and the end of a console that is in
between: it leaves politely, and is started again.
"""

from __future__ import annotations

import asyncio
import logging
import os
import resource
from collections.abc import Callable
from pathlib import Path
from typing import Final

log = logging.getLogger(__name__)

INTERVAL: Final = 10.0
"""Seconds between two looks."""

HARD: Final = 4
"""Times the limit that the kernel allows: what is counted there is more than what is used."""

_STATM: Final = Path("/proc/self/statm")


def limit(size: int) -> None:
    """Have the kernel refuse what is far beyond the limit; 0: nothing."""
    if size:
        _, hard = resource.getrlimit(resource.RLIMIT_DATA)
        wanted = HARD * size
        if hard != resource.RLIM_INFINITY:
            wanted = min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_DATA, (wanted, hard))


def used() -> int:
    """Return the bytes of this process that are in memory."""
    return int(_STATM.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


async def watch(size: int, leave: Callable[[], None]) -> None:
    """Call `leave` when more than `size` bytes are used; 0: never."""
    while size:
        await asyncio.sleep(INTERVAL)
        if (now := used()) > size:
            log.error(
                "the console uses %d MB, more than [console] memory_limit_mb allows (%d), and is "
                "started again",
                now // 2**20,
                size // 2**20,
                extra={"event": "console.memory"},
            )
            leave()
            return
