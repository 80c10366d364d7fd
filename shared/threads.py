"""Threads that are there before they are needed.

Owns making them.  A machine that has no thread left tells the caller; what was made at
the start goes on working.  So everything that lives for long gets its threads here, when it begins,
and none later.  Called by the supervisor and by the store.
"""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor


def make_pool(count: int, name: str) -> ThreadPoolExecutor:
    """Return an executor whose threads all run already; it never makes another one.

    Args:
        count: how many.
        name: begins their names.

    Raises:
        RuntimeError: the machine has no more threads for this user; none is left running.
    """
    pool = ThreadPoolExecutor(count, thread_name_prefix=name)
    all_there = threading.Event()
    try:
        for _ in range(count):
            # An executor makes a thread only while none of those that it has is idle.
            pool.submit(all_there.wait)
    except RuntimeError:
        pool.shutdown(wait=False, cancel_futures=True)
        raise
    finally:
        all_there.set()
    return pool
