"""Locks of work on a home's events of which only one may be under way at a time."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from meshvisor.shared.errors import ConflictError
from meshvisor.shared.home_files import open_file


@contextmanager
def only_one(path: Path, problem: str) -> Iterator[None]:
    """Hold the lock of a file.

    The kernel gives the lock back however its holder ends.

    Args:
        path: the file; it is made where it is missing, and stays.
        problem: the sentence for a caller who comes second.

    Raises:
        ConflictError: another process, or another caller in this one, holds it.
    """
    descriptor = open_file(path, os.O_RDWR | os.O_CREAT)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ConflictError(problem) from None
        yield
    finally:
        os.close(descriptor)
