"""One supervisor per home: a lock that the kernel gives up when its holder dies."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Final, Self

from shared.control.client import ControlClient
from shared.errors import MeshvisorError, MissingError, NotRunningError
from shared.paths import Home

PATIENCE: Final = 10.0
"""Seconds that a home may be locked by somebody who does not answer: a command is done within one
or two, and a supervisor that starts answers by then."""

PAUSE: Final = 0.1
"""Seconds between two tries."""

READS: Final = 50
"""Looks at the lock's file before its holder stays unknown."""

READ_PAUSE: Final = 0.01
"""Seconds between two of them."""


class HomeLockedError(MeshvisorError):
    """Another supervisor, or a command that does without one, has the home at present."""


class HomeLock:
    """Holds the lock on a home; a context manager.

    Args:
        home: which one.
        pause: waits so many seconds, for somebody who has it for a moment only; up to `PATIENCE`
            in all, and not at all once a supervisor answers there.  None: nobody waits.

    Raises (on entering):
        MeshvisorError: another supervisor has it; the message names its PID.
    """

    def __init__(self, home: Home, pause: Callable[[float], None] | None = None) -> None:
        self._home = home
        self._pause = pause
        self._descriptor = -1

    def __enter__(self) -> Self:
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                self._take()
            except HomeLockedError:
                if self._pause is None or time.monotonic() > deadline or _is_served(self._home):
                    raise
                self._pause(PAUSE)
            else:
                return self

    def __exit__(self, *exc_info: object) -> None:
        with suppress(OSError):
            os.ftruncate(self._descriptor, 0)
        os.close(self._descriptor)

    # Private

    def _take(self) -> None:
        path = self._home.lock_file
        # Never removed: a lock on a file that somebody else has just unlinked protects nothing.
        try:
            self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise MissingError(
                f"{path} cannot be written ({error.strerror}); let this user write to the home, or "
                "name another one with --home."
            ) from error
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = _read_holder(self._descriptor)
            os.close(self._descriptor)
            raise HomeLockedError(
                f"a supervisor runs on {self._home.root} already (PID {holder or 'unknown'}); "
                "stop that one first, or choose another --home"
            ) from None
        # What the file says is for people; on a full disk the lock holds without it.
        with suppress(OSError):
            os.ftruncate(self._descriptor, 0)
            os.pwrite(self._descriptor, f"{os.getpid()}\n".encode(), 0)


def _is_served(home: Home) -> bool:
    """Say whether a supervisor listens there, even one that hangs."""
    try:
        ControlClient(home.root).close()
    except NotRunningError:
        return False
    except MeshvisorError:
        pass  # it is there, and cannot be reached
    return True


def _read_holder(descriptor: int) -> str:
    """Return the PID in the lock's file, empty when there is none."""
    for _ in range(READS):
        if holder := os.pread(descriptor, 32, 0).decode(errors="replace").strip():
            return holder
        # One that has got the lock this very moment is about to write its PID.
        time.sleep(READ_PAUSE)
    return ""
