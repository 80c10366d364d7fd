"""How `var/statistics.db` is opened, and its tables.

A file of its own: a year of events is gigabytes, and neither the backup nor the one writer of
`var/meshvisor.db` should have to do with them.  The supervisor writes to it in small groups;
commands of `meshvisor stats` write to it as well, each transaction under SQLite's lock.
"""

from __future__ import annotations

import logging
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from meshvisor.shared.errors import MissingError, SettingsError
from meshvisor.shared.folders import make_folder
from meshvisor.shared.paths import Home
from meshvisor.shared.store.errors import translated
from meshvisor.shared.store.queries import load_queries

NAME: Final = "statistics.db"

VERSION: Final = 3
"""Of the tables; raised with each change of them, with a step that brings older ones along."""

BUSY_TIMEOUT: Final = 30.0
"""Seconds that a lock is waited for: a day's statistics are one transaction of some seconds."""

LARGE: Final = 50_000_000
"""Bytes of a database that is not brought along in a few seconds: one of 64 MB, with 3 million days
of users, took 7 s, and one with 14.6 million took 114 s."""

SCHEMA: Final = Path(__file__).with_name("schema.sql")

QUERIES: Final = load_queries(Path(__file__).with_name("queries.sql"))

log = logging.getLogger(__name__)


def database_of(home: Home) -> Path:
    """Return where the database of a home is."""
    return home.var / NAME


def open_database(path: Path, *, only_read: bool = False) -> sqlite3.Connection:
    """Return a connection; transactions begin and end where its user says so.

    It may be used by any thread, by one at a time.

    Args:
        path: the file; it is made where it is missing.
        only_read: whether the connection refuses to change anything.

    Raises:
        SettingsError: a newer version has made it.
        MissingError: it cannot be opened.
        StoreError: it is locked, or there is no room.
    """
    try:
        _create(path)
        db = sqlite3.connect(
            path, timeout=BUSY_TIMEOUT, isolation_level=None, check_same_thread=False
        )
        try:
            _prepare(db, path)
            if only_read:
                db.execute("PRAGMA query_only = ON")
        except BaseException:
            db.close()
            raise
    except OSError as error:
        raise MissingError(
            f"{path} cannot be made ({error.strerror}); let this user write to its folder"
        ) from None
    except sqlite3.Error as error:
        raise translated(error, path) or MissingError(
            f"{path} cannot be opened ({error}); move it away, and statistics begin anew"
        ) from None
    return db


@contextmanager
def using(path: Path, *, only_read: bool = False) -> Iterator[sqlite3.Connection]:
    """Open the database for a `with`, within which errors of SQLite are said in a sentence.

    Args:
        path: as for `open_database`.
        only_read: as well.

    Raises:
        MeshvisorError: as `open_database`, and whatever the disk refuses within.
    """
    db = open_database(path, only_read=only_read)
    try:
        with explained(path):
            yield db
    finally:
        db.close()


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """Have errors of SQLite about a database said in a sentence.

    Raises:
        StoreError: there is no room, another program holds it, or it is damaged.
    """
    try:
        yield
    except sqlite3.Error as error:
        meaning = translated(error, path)
        if meaning is None:
            raise
        raise meaning from error


@contextmanager
def transaction(db: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    """Do everything within, or nothing."""
    db.execute("BEGIN IMMEDIATE")
    try:
        yield db
        db.execute("COMMIT")
    except BaseException:
        # SQLite has undone it by itself where the disk is full.
        if db.in_transaction:
            db.execute("ROLLBACK")
        raise


# Private


def _create(path: Path) -> None:
    make_folder(path.parent)
    try:
        # SQLite itself would make a file that others may read.
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
    except FileExistsError:
        return


def _prepare(db: sqlite3.Connection, path: Path) -> None:
    db.execute("PRAGMA synchronous = NORMAL")  # a power cut may take the last seconds
    db.execute("PRAGMA temp_store = MEMORY")
    db.execute("PRAGMA secure_delete = FAST")
    (version,) = db.execute("PRAGMA user_version").fetchone()
    if version > VERSION:
        raise SettingsError(
            f"{path} was made by a newer version of Meshvisor; use that, or move the file away"
        )
    if version < VERSION:
        db.execute("PRAGMA journal_mode = WAL")
        _announce(version, path)
        with transaction(db):
            _bring_along(db)


def _announce(version: int, path: Path) -> None:
    """Say before it begins that bringing a large database along takes long."""
    size = path.stat().st_size
    if version and size >= LARGE:
        log.warning(
            "%s (%s MB) is brought to the tables of this version, once; this may take minutes, in "
            "which no other program can write to it; let it come to its end",
            path,
            f"{size // 1_000_000:,}",
            extra={"event": "statistics.upgrade"},
        )


def _bring_along(db: sqlite3.Connection) -> None:
    """Make the tables that are missing, and fill those that a version before did not have."""
    (version,) = db.execute("PRAGMA user_version").fetchone()
    for statement in SCHEMA.read_text().split(";\n"):
        if statement.strip():
            db.execute(statement)
    if version == 1:
        db.execute(QUERIES["write_all_totals"])
    if version in {1, 2}:
        db.execute("DROP INDEX IF EXISTS daily_people_day")
        db.execute(QUERIES["write_all_months"])
    db.execute(f"PRAGMA user_version = {VERSION}")
