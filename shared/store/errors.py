"""What can go wrong with the database that is not the fault of the caller.

Owns the errors and which codes of SQLite mean them.  Mistakes in a statement and violated
constraints are no such thing: they reach the caller as the `sqlite3.Error` that they are.

    StoreError (MeshvisorError)
    ├── StoreFullError       1  (also a FullError) no room to write; the operator makes room
    ├── StoreBusyError       1  another program holds the database; it ends by itself or is ended
    ├── StoreDiskError       1  the disk or its file system refuses; the operator looks at it
    ├── StoreMovedError      1  the file is no longer where it was; the operator puts it back
    ├── StoreDamagedError    3  (also a MissingError) the file is no sound database; a backup is
    └── StoreClosedError     1  the store was closed by its owner; a mistake in the program
"""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path
from typing import Final

from meshvisor.shared.errors import FullError, MeshvisorError, MissingError
from meshvisor.shared.system_errors import shortage
from meshvisor.shared.wording import Wording

_PRIMARY: Final = 0xFF
"""Bits of an extended result code of SQLite that are the plain code."""
_CANNOT_GROW: Final = frozenset(
    {
        # A full disk has a code of its own, but a quota, a limit of the size of files and a full
        # disk under the shared memory file arrive as these.
        sqlite3.SQLITE_IOERR_WRITE,
        sqlite3.SQLITE_IOERR_SHMSIZE,
        sqlite3.SQLITE_IOERR_TRUNCATE,
    }
)


_CALLED: Final = "the database"
"""What a room reads instead of the path."""

_FILES: Final = 4
"""Descriptors that a connection needs: the database, its log, its memory, and the folder."""

FULL: Final = Wording(
    "store.full",
    "{path} cannot grow ({error}); make room on its disk, or raise the quota or the limit of the "
    "size of files, then try again.",
)
_WAIT_FOR_IT: Final = "end that program or wait for it, then try again."


class StoreError(MeshvisorError):
    """The database cannot serve; it goes on as soon as the cause is gone."""


class StoreFullError(StoreError, FullError):
    """There is no room to write."""


class StoreBusyError(StoreError):
    """Another program holds the database for longer than `connection.BUSY_TIMEOUT`."""


class StoreDiskError(StoreError):
    """The disk or its file system refuses."""


class StoreMovedError(StoreError):
    """The file was moved away or replaced while it was in use; what is written would be lost."""


class StoreDamagedError(StoreError, MissingError):
    """The file is no SQLite database or is damaged; it is never deleted or overwritten."""


class StoreClosedError(StoreError):
    """The store was closed by its owner."""

    def __init__(
        self, message: str = "The database is closed; nothing can be asked of it."
    ) -> None:
        super().__init__(message)


def translated(error: sqlite3.Error, path: Path) -> StoreError | None:
    """Return what an error of SQLite means to people; None: a mistake of the caller.

    Args:
        error: as raised.
        path: the database.
    """
    code = getattr(error, "sqlite_errorcode", None)
    if code is None:  # raised by the module and not by SQLite
        return None
    primary = code & _PRIMARY
    if primary == sqlite3.SQLITE_FULL or code in _CANNOT_GROW:
        said = FULL.said(path=path, error=error)
        return StoreFullError(said, in_room=FULL(path=_CALLED, error=error))
    if primary in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_PROTOCOL):
        what, remedy = "is locked by another program", _WAIT_FOR_IT
        return StoreBusyError(f"{path} {what}; {remedy}", in_room=f"{_CALLED} {what}; {remedy}")
    if primary in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
        what = "is damaged or no SQLite database"
        return StoreDamagedError(
            f"{path} {what} ({error}); stop meshvisor, then restore a backup, or save what can be "
            "read of it: meshvisor salvage",
            in_room=f"{_CALLED} {what}",
        )
    if primary in (sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN):
        what = f"cannot be read or written ({error})"
        advice = f"{path} {what}; look for the reason in the kernel's log (dmesg), then try again."
        return StoreDiskError(shortage_of_files(path) or advice, in_room=f"{_CALLED} {what}")
    return None


def shortage_of_files(path: Path) -> str:
    """Return what is said when this process can open no more files; empty: it can.

    SQLite does not pass on why it cannot open one.  The database itself must not be tried: closing
    it here would give up the locks that SQLite has on it in this process.
    """
    opened: list[int] = []
    try:
        # What was opened before the one that fails is in the list all the same.
        opened.extend(os.open(os.devnull, os.O_RDONLY | os.O_CLOEXEC) for _ in range(_FILES))
    except OSError as error:
        return str(shortage(error, path) or "")
    finally:
        for descriptor in opened:
            os.close(descriptor)
    return ""
