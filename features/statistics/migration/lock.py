"""One migration of a home at a time: two would each write down how far they are."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from meshvisor.shared.errors import ConflictError
from meshvisor.shared.home_files import open_file


@contextmanager
def only_migration(database: Path) -> Iterator[None]:
    """Be the only one that moves or removes events of this database elsewhere.

    The kernel gives the lock back however its holder ends.

    Raises:
        ConflictError: another one is under way.
    """
    descriptor = open_file(database.with_suffix(".migration"), os.O_RDWR | os.O_CREAT)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ConflictError(
                "another migration of this home is under way; 'meshvisor stats migration-status' "
                "shows how far it is; start this one when it has ended"
            ) from None
        yield
    finally:
        os.close(descriptor)
