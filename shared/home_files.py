"""Opening the files of a home: at once or not at all, and nothing but files.

Owns the one way in which they are opened to be read, and the sentence for one that cannot be.  A
file that is there and cannot be read is neither empty nor damaged: the reader keeps what was known,
or does not start.  Does not own what files mean, nor replacing them (`shared.files`).
"""

from __future__ import annotations

import errno
import os
import pwd
import shlex
import stat
from pathlib import Path
from typing import Final, NamedTuple

from meshvisor.shared.errors import MissingError
from meshvisor.shared.system_errors import explain

_NOT_A_FILE: Final = "it is not a file"


class FileContent(NamedTuple):
    """What was read, and of which file."""

    data: bytes
    status: os.stat_result


def open_file(path: Path, flags: int, mode: int = 0o600) -> int:
    """Open a file and return the descriptor.

    Never waits: a named pipe would wait for its other end, a leased file for its holder.  What is
    there and is no regular file is refused.

    Args:
        path: the file.
        flags: as for `os.open`; close-on-exec is added.
        mode: of a file that is made.

    Raises:
        OSError: it cannot be opened, or is no file.
    """
    descriptor = os.open(path, flags | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY, mode)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(errno.EINVAL, _NOT_A_FILE, str(path))
    return descriptor


def read_file(path: Path, limit: int) -> FileContent:
    """Return what a file holds.

    Args:
        path: the file.
        limit: bytes; of a longer file one byte more is returned.

    Raises:
        FileNotFoundError: there is none.
        OSError: it is there and cannot be read, is no file, or is a link to nowhere.
    """
    try:
        descriptor = open_file(path, os.O_RDONLY)
    except FileNotFoundError:
        if not path.is_symlink():
            raise
        raise _broken_link(path) from None
    with open(descriptor, "rb", buffering=0) as file:
        status = os.fstat(file.fileno())
        data = bytearray()
        # One read returns less than there is of a file that is larger than 2 GiB, or is growing.
        while len(data) <= limit and (more := file.read(limit + 1 - len(data))):
            data += more
    return FileContent(bytes(data), status)


def check_folder(path: Path) -> None:
    """Do nothing if a folder can be listed, or there is none.

    Raises:
        MissingError: it is there and cannot be listed, is none, or is a link to nowhere.
    """
    try:
        os.listdir(path)
    except FileNotFoundError as error:
        if path.is_symlink():
            raise unreadable(path, _broken_link(path)) from error
    except OSError as error:
        raise unreadable(path, error) from error


def unreadable(path: Path, error: OSError) -> MissingError:
    """Return what to tell people about a file that is there and cannot be read."""
    reason = error.strerror or str(error)
    remedy = _remedy(path, error)
    if remedy is None:
        _, _, advice = str(explain(OSError(error.errno, reason, str(path)))).partition("; ")
        return MissingError(f"{path} cannot be read ({reason}); {advice}")
    return MissingError(f"{path} cannot be read ({reason}): {remedy}")


# Private


def _broken_link(path: Path) -> OSError:
    # Where a disk is not mounted the file is away; it was not removed.
    reason = f"it links to {os.readlink(path)}, which does not exist"
    return OSError(errno.ENOLINK, reason, str(path))


def _remedy(path: Path, error: OSError) -> str | None:
    """Return the command that mends it; None: that depends on the machine."""
    name = shlex.quote(str(path))
    if error.strerror == _NOT_A_FILE or error.errno == errno.EFBIG:
        return f"mv {name} {shlex.quote(f'{path}.away')}"
    if error.errno == errno.ENOLINK:
        return f"put that back, or rm {name}"
    if error.errno == errno.EAGAIN:
        return f"another program holds it: fuser {name}"
    if error.errno not in (errno.EACCES, errno.EPERM):
        return None
    closed = _first_closed(path)
    status = os.stat(closed)
    name = shlex.quote(str(closed))
    if status.st_uid != os.geteuid():
        return f"chown {_user()} {name}"
    return f"chmod {'u+rx' if stat.S_ISDIR(status.st_mode) else 'u+r'} {name}"


def _first_closed(path: Path) -> Path:
    """Return the topmost folder that this user may not enter, or else the path itself."""
    for folder in reversed(path.absolute().parents):
        if not os.access(folder, os.X_OK, effective_ids=True):
            return folder
    return path


def _user() -> str:
    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:  # a container's user need not have a name
        return str(os.geteuid())
