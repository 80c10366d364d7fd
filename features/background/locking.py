"""The PID file as a lock: who holds it may run a command of that name.

The kernel gives it back when its holder ends, however that happens.
"""

from __future__ import annotations

import fcntl
import os
from contextlib import suppress

from meshvisor.features.background.names import Files
from meshvisor.features.background.opening import open_own


def take(files: Files) -> int | None:
    """Lock the PID file and return its descriptor; None: another process holds it.

    Raises:
        OSError: it cannot be made or opened.
    """
    while True:
        descriptor = open_own(files.pid, os.O_RDWR | os.O_CREAT)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return None
        # Its last holder may have removed it between the two calls.
        with suppress(FileNotFoundError):
            if os.stat(files.pid).st_ino == os.fstat(descriptor).st_ino:
                return descriptor
        os.close(descriptor)


def release(files: Files, lock: int) -> None:
    """Remove a PID file that we hold, and give it back."""
    with suppress(OSError):
        files.pid.unlink(missing_ok=True)
    os.close(lock)
