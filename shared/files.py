"""Files that must never be seen half written.

Owns the one way in which the product replaces a file.  Does not own what the files mean.
"""

from __future__ import annotations

import contextlib
import os
import re
import stat
from pathlib import Path


class Replacement:
    """The new content of a file: on the disk, and not in its place yet."""

    def __init__(self, path: Path, temporary: str) -> None:
        self._path = path
        self._temporary = temporary

    def put(self) -> None:
        """Put it in the place of the old file, at once and for good.

        Raises:
            OSError: it cannot be; the old file is untouched, or the folder cannot be flushed.
        """
        try:
            os.replace(self._temporary, self._path)
        except BaseException:
            self.drop()
            raise
        flush_folder(self._path.parent)

    def drop(self) -> None:
        """Remove it instead."""
        with contextlib.suppress(OSError):
            os.unlink(self._temporary)


def write_atomically(path: Path, data: bytes, *, mode: int = 0o600) -> None:
    """Replace `path` by a file that holds exactly `data`.

    A temporary file in the same folder is written, flushed to the disk and renamed over the
    old one, and the folder is flushed too: after a power loss there is the old file or the new
    one, never a part.  When anything fails (`OSError`, such as a full disk) the old file is
    untouched and the temporary one is removed.

    Args:
        path: the file to replace; its folder must exist.
        data: the whole new content.
        mode: permission bits of the new file.
    """
    prepare(path, data, mode=mode).put()


def prepare(path: Path, data: bytes, *, mode: int = 0o600) -> Replacement:
    """Do the part of `write_atomically` that may fail for want of room: all but the renaming."""
    import tempfile  # it loads slowly, and many commands only read

    descriptor, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with open(descriptor, "wb") as file:
            os.fchmod(descriptor, mode)
            file.write(data)
            file.flush()
            os.fsync(descriptor)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        raise
    return Replacement(path, temporary)


def remove_leftovers(path: Path) -> None:
    """Remove temporary files of `path` that a killed writer has left behind.

    Call it only while no other process may be writing the file.  What does not look exactly like
    one of `write_atomically`, or belongs to another user, stays; so does what cannot be removed.
    """
    name = re.compile(rf"\.{re.escape(path.name)}\.[a-z0-9_]{{8}}")
    with contextlib.suppress(OSError):
        for entry in list(os.scandir(path.parent)):
            if name.fullmatch(entry.name) is not None and _is_ours(entry):
                os.unlink(entry.path)


def _is_ours(entry: os.DirEntry[str]) -> bool:
    status = entry.stat(follow_symlinks=False)
    mode = stat.S_IMODE(status.st_mode)
    return stat.S_ISREG(status.st_mode) and status.st_uid == os.getuid() and mode == 0o600


def flush_folder(folder: Path) -> None:
    """Have the names in a folder survive a power cut.

    Raises:
        OSError: the disk refuses.
    """
    # Without this the rename itself may be lost in a power cut, and the old file comes back.
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
