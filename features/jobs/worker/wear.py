"""When a runner has done enough, and a fresh one should take its place.

Owns the judgement: by the jobs that it has done, and by what these have left behind (descriptors,
threads, memory), for which the next ones would have to pay.  Does not own when it is made and what
follows (`runner`).
"""

from __future__ import annotations

import os
import resource
import sys
import threading
from collections.abc import Callable
from typing import Final

from meshvisor.worker.threads import THREADS, too_many_abandoned

MOST_LEFT: Final = 64
"""Descriptors, or threads, that ended jobs may have left open."""

MOST_GROWTH: Final = 256 * 1024 * 1024
"""Bytes of memory that ended jobs may have left behind where there is no limit."""

AT_ANY_COST: Final = 2
"""Times as many jobs as allowed, from which on it is replaced although some still run: they stop at
their next items and go on in its successor."""

SHORT: Final = 2
"""Part of the descriptors that a runner may have (a half), beyond which they may soon be too few
for some job."""


class Wear:
    """Looks at this process.

    Args:
        max_jobs: after how many jobs it has done enough; 0: never.
        memory_limit: bytes that it may have beyond what it was born with; 0: no limit.
        memory: returns the bytes that it has now.
    """

    def __init__(self, max_jobs: int, memory_limit: int, memory: Callable[[], int]) -> None:
        self._max_jobs = max_jobs
        self._memory = memory
        self._most_memory = memory() + (memory_limit // 2 or MOST_GROWTH)
        self._threads = threading.active_count()
        self._descriptor = _lowest_free()
        soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
        self._most_descriptors = sys.maxsize if soft == resource.RLIM_INFINITY else soft
        self.jobs = 0
        """Jobs that have ended."""

    @property
    def has_run_enough(self) -> bool:
        """Whether the number of its jobs alone is a reason; costs nothing, unlike all others."""
        return 0 < self._max_jobs <= self.jobs

    def when_idle(self) -> str | None:
        """Return why it should be replaced now that no job runs; None: it is as good as new."""
        if self.has_run_enough:
            return f"it has run {self.jobs} jobs"
        if self._left_open() > MOST_LEFT:
            return "ended jobs have left descriptors open"
        if threading.active_count() - self._threads - THREADS.abandoned > MOST_LEFT:
            return "ended jobs have left threads running"
        if self._memory() > self._most_memory:
            return "ended jobs have left much memory in use"
        return self.at_any_time()

    def at_any_time(self) -> str | None:
        """Return why it has to be replaced although jobs run."""
        if THREADS.is_full:
            return too_many_abandoned()
        if SHORT * _lowest_free() >= self._most_descriptors:
            return "half of the descriptors that it may have are open"
        if 0 < AT_ANY_COST * self._max_jobs <= self.jobs:
            return f"it has run {self.jobs} jobs and was never idle"
        return None

    def _left_open(self) -> int:
        # Which number is free, and not how many are taken: that takes a tenth of the time.
        return _lowest_free() - self._descriptor


def _lowest_free() -> int:
    try:
        descriptor = os.dup(0)
    except OSError:
        return resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    os.close(descriptor)
    return descriptor
