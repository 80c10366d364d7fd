"""The memory limit of a child's process, and the room for the stacks of its threads.

Owns RLIMIT_DATA.  Set by `worker.child.process`; moved by `worker.threads` and with each heartbeat.

The kernel counts the whole stack of a thread as private memory, though a thread touches a few
pages of it.  Without room of their own, 60 threads that only wait would use up a limit of 512 MB.
Small stacks are no remedy: in 2 MiB, code that recurses without end kills the process (Python 3.12)
where it should get a RecursionError.
"""

from __future__ import annotations

import os
import resource
import threading
from typing import Final

STACK: Final = 4 * 1024 * 1024
"""Bytes of a thread's stack: enough for the deepest recursion that Python allows (tried with 3.11
to 3.13), half of what most systems give."""

STEP: Final = 16
"""Threads for which there is always room beside those that run: a plug-in starts some by itself."""

_base: int | None = None
"""Bytes without any thread; None: there is no limit."""

_room = 0
"""Threads that there is room for."""


def set_limit(limit: int) -> None:
    """Let this process have so many bytes of private memory beyond what it has now.

    Beyond them Python raises MemoryError.  RLIMIT_DATA and not RLIMIT_AS: the latter counts
    mappings that are shared with all other children.

    Args:
        limit: bytes; 0: no limit.
    """
    global _base, _room
    _base, _room = (private_data_bytes() + limit if limit else None), 0
    make_room()


def make_room() -> None:
    """Fit the limit to the number of threads that there are now; costs next to nothing."""
    global _room  # noqa: PLW0603 - state of the process
    wanted = (threading.active_count() // STEP + 2) * STEP
    if _base is not None and wanted != _room:
        _room = wanted
        _, hard = resource.getrlimit(resource.RLIMIT_DATA)
        soft = _base + wanted * STACK
        resource.setrlimit(
            resource.RLIMIT_DATA,
            (soft if hard == resource.RLIM_INFINITY else min(soft, hard), hard),
        )


def private_data_bytes() -> int:
    """Return what the kernel counts against RLIMIT_DATA, and the stack."""
    # Not `VmData` in /proc/self/status, ten times as much to write for the kernel and to read.
    descriptor = os.open("/proc/self/statm", os.O_RDONLY | os.O_CLOEXEC)
    try:
        pages = os.read(descriptor, 128).split()[5]
    finally:
        os.close(descriptor)
    return int(pages) * resource.getpagesize()
