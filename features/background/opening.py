"""Opening files in a folder where others might be able to put some.

Only regular files with one name that belong to us are ours: anything else may be a trap.
"""

from __future__ import annotations

import errno
import os
from pathlib import Path

from meshvisor.shared.home_files import open_file

_TRAPS = frozenset({errno.ELOOP, errno.ENXIO, errno.EISDIR, errno.EINVAL})


def open_own(path: Path, flags: int) -> int:
    """Open a file of ours, made as 0600 with `O_CREAT`, and return its descriptor.

    Raises:
        FileNotFoundError: it is not there.
        PermissionError: it is something else, or another user's.
        OSError: it cannot be opened.
    """
    try:
        descriptor = open_file(path, flags | os.O_NOFOLLOW)
    except OSError as error:
        if error.errno in _TRAPS:
            raise PermissionError(errno.EPERM, "it is no ordinary file", str(path)) from None
        raise
    found = os.fstat(descriptor)
    if found.st_uid == os.geteuid() and found.st_nlink <= 1:
        return descriptor
    os.close(descriptor)
    raise PermissionError(errno.EPERM, "it is no file of yours alone", str(path))


def read_own(path: Path, most: int) -> bytes | None:
    """Return the first bytes of a file of ours; None: there is none, or only another user's.

    Raises:
        OSError: it cannot be read.
    """
    try:
        descriptor = open_own(path, os.O_RDONLY)
    except (FileNotFoundError, PermissionError):
        return None
    with open(descriptor, "rb") as file:
        return file.read(most)
