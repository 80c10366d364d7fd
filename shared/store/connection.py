"""How the database file is opened: for the one writer, and for readers.

Owns the file's mode, its settings (`PRAGMA`) and what is refused.  Does not own the tables
(`migrations`) nor who uses a connection when (`writer`, `readers`).
"""

from __future__ import annotations

import os
import sqlite3
import stat
import time
from pathlib import Path
from typing import Final

from meshvisor.shared.errors import MeshvisorError, MissingError, SettingsError
from meshvisor.shared.folders import make_folder
from meshvisor.shared.single_user import for_others
from meshvisor.shared.store.errors import (
    StoreBusyError,
    StoreDiskError,
    shortage_of_files,
    translated,
)
from meshvisor.shared.store.migrations import all_lines, migrate
from meshvisor.shared.system_errors import shortage

BUSY_TIMEOUT: Final = 5.0
"""Seconds that a lock of another program is waited for.  The product's own other processes hold it
for milliseconds; a user should not wait much longer for the answer to a chat command."""
OLDEST_SQLITE: Final = (3, 37, 0)
"""The first with STRICT tables (November 2021)."""
LONGEST_PATH: Final = 504
"""Bytes of a database's path: SQLite has 512 for it with the ending of its journal."""

_RETRY_PAUSE: Final = 0.01
"""Seconds between two tries to switch to WAL."""
_CHECKPOINT_PAGES: Final = 4000
"""Pages of 4 KiB in the write-ahead log after which they go to the main file.  The default of
1000 is reached after a tenth of a second of busy writing, and most pages are written again soon."""
_LOG_SIZE_KEPT: Final = 64 * 1024 * 1024
"""Bytes of the log that stay allocated after it was long for once."""
_STATEMENTS_KEPT: Final = 256
"""Prepared statements per connection; more than the product has."""

_FOR_ALL: Final = ("PRAGMA foreign_keys = ON", "PRAGMA temp_store = MEMORY")
_FOR_WRITER: Final = (
    "PRAGMA synchronous = FULL",
    f"PRAGMA wal_autocheckpoint = {_CHECKPOINT_PAGES}",
    f"PRAGMA journal_size_limit = {_LOG_SIZE_KEPT}",
)
_FOR_READERS: Final = ("PRAGMA query_only = ON",)


def open_writer(
    path: Path, *, create: bool = True, with_left_out: bool = False
) -> sqlite3.Connection:
    """Return a connection that may write, to a database with the tables of this version.

    Blocks for up to `BUSY_TIMEOUT` while another program holds the database.

    Args:
        path: the file.
        create: whether it and its folder are made when they do not exist.
        with_left_out: whether it gets the tables of features that are left out, too.

    Raises:
        SettingsError: others may read or write the file, or a newer version has made it.
        MissingError: it cannot be opened, is no database, is damaged or is another program's.
        StoreError: it is locked, or there is no room for the tables.
    """
    _check_sqlite()
    _check_length(path)
    try:
        if create:
            _create(path)
        _check_file(path)
    except OSError as error:
        raise shortage(error, path) or MissingError(
            f"{path} cannot be opened ({error.strerror}); make its folder one that this user may "
            "write to, or use another home."
        ) from error
    try:
        connection = _connect(path, "rw", _FOR_ALL)
        try:
            _use_log(connection, path)
            for pragma in _FOR_WRITER:
                connection.execute(pragma)
            migrate(connection, path, all_lines(with_left_out=with_left_out))
        except BaseException:
            connection.close()
            raise
    except sqlite3.Error as error:
        raise _cannot_open(error, path) from error
    return connection


def open_reader(path: Path) -> sqlite3.Connection:
    """Return a connection that cannot write.

    Raises:
        MissingError: it cannot be opened, is no database or is damaged.
        StoreError: it is locked.
    """
    try:
        return _connect(path, "ro", _FOR_ALL + _FOR_READERS)
    except sqlite3.Error as error:
        raise _cannot_open(error, path) from error


def close_quietly(connection: sqlite3.Connection) -> None:
    """Close a connection whose database may be out of order."""
    try:
        connection.close()
    except sqlite3.Error:
        # Everything that was committed is in the log; the next one to open it takes it from there.
        return


def _connect(path: Path, mode: str, pragmas: tuple[str, ...]) -> sqlite3.Connection:
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}?mode={mode}",
        uri=True,
        timeout=BUSY_TIMEOUT,
        isolation_level=None,  # transactions begin and end where our code says so
        check_same_thread=False,  # each is used by one thread at a time
        cached_statements=_STATEMENTS_KEPT,
    )
    try:
        for pragma in pragmas:
            connection.execute(pragma)
    except BaseException:
        connection.close()
        raise
    return connection


def _check_length(path: Path) -> None:
    length = len(os.fsencode(path.absolute()))
    if length > LONGEST_PATH:
        raise SettingsError(
            f"{path} has {length} bytes, and SQLite takes names of {LONGEST_PATH} at most; use a "
            f"home whose name is {length - LONGEST_PATH} bytes shorter"
        )


def _create(path: Path) -> None:
    make_folder(path.parent)
    flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
    try:
        # SQLite itself would make a file that others may read.  Its companions get the same mode.
        os.close(os.open(path, flags, 0o600))
    except FileExistsError:
        return


def _check_file(path: Path) -> None:
    found = path.stat()
    if not stat.S_ISREG(found.st_mode):
        raise MissingError(f"{path} is no regular file; move it away, or use another home.")
    mode = stat.S_IMODE(found.st_mode)
    if for_others(mode):
        raise SettingsError(
            f"{path} holds secrets and others may use it (mode {mode:04o}): chmod 600 {path}"
        )


def _check_sqlite() -> None:
    if sqlite3.sqlite_version_info < OLDEST_SQLITE:
        needed = ".".join(map(str, OLDEST_SQLITE))
        raise MissingError(
            f"This Python comes with SQLite {sqlite3.sqlite_version}, and {needed} or newer is "
            "needed; install a newer SQLite or another Python."
        )


def _use_log(connection: sqlite3.Connection, path: Path) -> None:
    """Switch to the write-ahead log; does nothing when that was done before."""
    deadline = time.monotonic() + BUSY_TIMEOUT
    while True:
        try:
            mode = connection.execute("PRAGMA journal_mode = WAL").fetchone()[0]
        except sqlite3.OperationalError as error:
            # Two processes that make the same new database: SQLite does not wait for this lock,
            # because both might wait for each other.
            is_busy = isinstance(translated(error, path), StoreBusyError)
            if not is_busy or time.monotonic() > deadline:
                raise
            time.sleep(_RETRY_PAUSE)
            continue
        if mode != "wal":
            raise MissingError(
                f"{path} lies on a file system without shared memory, such as a network share; "
                "use a home on a local disk."
            )
        return


def _cannot_open(error: sqlite3.Error, path: Path) -> MeshvisorError:
    meaning = translated(error, path)
    if meaning is not None and not isinstance(meaning, StoreDiskError):
        return meaning
    if short := shortage_of_files(path):
        return StoreDiskError(short)
    return MissingError(
        f"{path} cannot be opened ({error}); let this user write to it, or restore a backup."
    )
