"""Writes what a runner has said while its event loop is blocked.

Owns the thread that notices that the loop has no turn, and the writing past it.  Does not own what
is written, nor the usual way (`outbox`), which hands frames to the transport at the end of a turn.

An outcome that is not awaited and that is followed by a blocking call would be lost when the runner
is killed for that, and its item done again, at each attempt.
"""

from __future__ import annotations

import os
import select
import threading
import time
from collections.abc import Callable
from typing import Final

LOOK_EVERY: Final = 0.05
"""Seconds between two looks while something waits for the end of a turn, and so the time after
which a loop counts as blocked: long for a turn, and short beside `fleet.hung_after`."""

LONGEST_WRITE: Final = 1.0
"""Seconds that a supervisor may take to read it."""


class FlushGuard:
    """A thread that sleeps for as long as nothing is said.

    Args:
        is_overdue: says whether something has waited since the last look; called in the thread.
        write: writes it; called in the thread.
    """

    def __init__(self, is_overdue: Callable[[], bool | None], write: Callable[[], None]) -> None:
        self._is_overdue = is_overdue
        self._write = write
        self._said = threading.Event()
        self._over = threading.Event()
        self._thread: threading.Thread | None = None
        self._is_awake = False

    def wake(self) -> None:
        """Look from now on, until nothing waits any more; cheap when it does already."""
        if self._is_awake:
            return
        self._is_awake = True
        if self._thread is None:
            self._start()
        self._said.set()

    def stop(self) -> None:
        """End the thread; idempotent."""
        self._over.set()
        self._said.set()

    # Private

    def _start(self) -> None:
        self._thread = threading.Thread(target=self._run, name="flush guard", daemon=True)
        try:
            self._thread.start()
        except RuntimeError:
            # No thread is to be had: what is said is written at the end of the turn, as ever.
            self._over.set()

    def _run(self) -> None:
        while not self._over.is_set():
            self._said.wait()
            self._said.clear()
            while not self._over.wait(LOOK_EVERY):
                overdue = self._is_overdue()
                if overdue is None:
                    self._is_awake = False
                    # What came between these two lines has found it awake.
                    if self._is_overdue() is None:
                        break
                    self._is_awake = True
                elif overdue:
                    self._write()


def write_now(descriptor: int, data: bytes) -> int:
    """Write to a socket that does not block; return how many bytes it took in time."""
    deadline, done = time.monotonic() + LONGEST_WRITE, 0
    poll = select.poll()
    poll.register(descriptor, select.POLLOUT)
    while done < len(data):
        try:
            done += os.write(descriptor, memoryview(data)[done:])
        except BlockingIOError:
            left = deadline - time.monotonic()
            if left <= 0 or not poll.poll(left * 1000):
                break
        except OSError:
            break  # the supervisor is gone; the loop will hear of it
    return done
