"""One supervisor per home: a lock that the kernel gives up when its holder dies."""

from __future__ import annotations

import fcntl
import os
import time
from typing import Final, Self

from shared.errors import MeshvisorError, MissingError
from shared.paths import Home

READS: Final = 50
"""Looks at the lock's file before its holder stays unknown."""

READ_PAUSE: Final = 0.01
"""Seconds between two of them."""


class HomeLockedError(MeshvisorError):
    """Another supervisor, or a command that does without one, has the home at present."""


class HomeLock:
    """Holds the lock on a home; a context manager.

    Raises (on entering):
        MeshvisorError: another supervisor has it; the message names its PID.
    """

    def __init__(self, home: Home) -> None:
        self._home = home
        self._descriptor = -1

    def __enter__(self) -> Self:
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
        os.ftruncate(self._descriptor, 0)
        os.pwrite(self._descriptor, f"{os.getpid()}\n".encode(), 0)
        return self

    def __exit__(self, *exc_info: object) -> None:
        os.ftruncate(self._descriptor, 0)
        os.close(self._descriptor)


def _read_holder(descriptor: int) -> str:
    """Return the PID in the lock's file, empty when there is none."""
    for _ in range(READS):
        if holder := os.pread(descriptor, 32, 0).decode(errors="replace").strip():
            return holder
        # One that has got the lock this very moment is about to write its PID.
        time.sleep(READ_PAUSE)
    return ""
