"""Saves what can be read of a damaged database into a new one, and keeps the damaged one aside.

Owns the order of steps, so that at no moment there is no database: one that looked empty would be
taken for one in which nothing was ever written.  Does not own what its rows mean (`repair`).

    1  the files are copied into a folder of their own, which is never changed again
    2  a second copy is read, row by row and from both ends of each damaged place
    3  what was read is written to a new database, and that to the disk
    4  the new one takes the place of the damaged one
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from meshvisor.shared.errors import MeshvisorError
from meshvisor.shared.home_files import open_file
from meshvisor.shared.store.connection import open_writer
from meshvisor.shared.store.migrations import TABLE as MIGRATIONS

COMPANIONS: Final = ("-wal", "-shm")
"""What SQLite keeps beside the file; the first has commits that are not in it yet."""

MOST_LOOKS: Final = 2_000_000
"""First keys that are looked up one by one within a damaged place."""


class NothingReadableError(MeshvisorError):
    """Not even the tables can be found."""


@dataclass(frozen=True, slots=True)
class Table:
    """What became of a table."""

    name: str
    rows: int
    """Number of saved rows, without those that every new database has."""
    whole: bool
    """Whether it was read from end to end; if not, the number of lost rows is unknown."""


@dataclass(frozen=True, slots=True)
class Salvaged:
    """What was saved, and where the damaged database is."""

    aside: Path
    """The folder with the damaged files."""
    tables: tuple[Table, ...]


def problem(path: Path) -> str | None:
    """Return what is wrong with a database in a few words; None: it is sound, or there is none.

    Reads all of it, and changes nothing.

    Raises:
        OSError: it is there and cannot be read, or is no file.
    """
    if not path.exists():
        return None
    # SQLite would wait for the other end of a named pipe.
    os.close(open_file(path, os.O_RDONLY))
    try:
        uri = f"{path.absolute().as_uri()}?mode=ro"
        with closing(sqlite3.connect(uri, uri=True, isolation_level=None)) as database:
            (found,) = database.execute("PRAGMA quick_check(1)").fetchone()
    except sqlite3.OperationalError as error:
        # Locked or not readable: that says nothing about what is in it.
        return str(error) if error.sqlite_errorcode == sqlite3.SQLITE_CORRUPT else None
    except sqlite3.DatabaseError as error:
        return str(error)
    return None if found == "ok" else str(found).replace("\n", " ")


def salvage(path: Path, aside: Path, repair: Callable[[sqlite3.Connection], None]) -> Salvaged:
    """Replace a damaged database by what can be read of it.

    No process may have it open.  A crash leaves the damaged one in its place, or the new one.

    Args:
        path: the database.
        aside: a new folder for the damaged files.
        repair: makes the saved rows agree with each other, in the new database.

    Raises:
        NothingReadableError: nothing was saved, and nothing has changed.
        OSError: there is no room, for example; nothing has changed but for `aside`.
    """
    _copy(path, aside)
    with tempfile.TemporaryDirectory(dir=path.parent, prefix="salvage-") as folder:
        readable, fresh = Path(folder) / "damaged.db", Path(folder) / "fresh.db"
        for companion in ("", *COMPANIONS):
            with suppress(FileNotFoundError):
                shutil.copy(f"{aside / path.name}{companion}", f"{readable}{companion}")
        tables = _save(readable, fresh, repair)
        if not any(table.rows for table in tables):
            shutil.rmtree(aside)
            raise NothingReadableError(
                f"nothing can be read of {path}; restore a backup, or move the file away to start "
                "with an empty one."
            )
        for companion in COMPANIONS:
            Path(f"{path}{companion}").unlink(missing_ok=True)
        fresh.replace(path)
    _flush(path.parent)
    return Salvaged(aside, tables)


# Private


def _copy(path: Path, aside: Path) -> None:
    aside.mkdir(mode=0o700)
    for companion in ("", *COMPANIONS):
        source = Path(f"{path}{companion}")
        if source.exists():
            target = aside / source.name
            shutil.copy(source, target)
            target.chmod(0o600)
            _flush(target)
    _flush(aside)


def _flush(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _save(
    damaged: Path, fresh: Path, repair: Callable[[sqlite3.Connection], None]
) -> tuple[Table, ...]:
    with (
        closing(open_writer(fresh, with_left_out=True)) as target,
        closing(sqlite3.connect(damaged, isolation_level=None)) as source,
    ):
        target.execute("BEGIN IMMEDIATE")
        triggers = _take_triggers(target)
        tables = tuple(_save_table(source, target, name) for name in _tables(target))
        _save_sequences(source, target)
        repair(target)
        for trigger in triggers:
            target.execute(trigger)
        target.execute("COMMIT")
        target.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return tuple(table for table in tables if table is not None)


def _take_triggers(target: sqlite3.Connection) -> list[str]:
    """Remove what would write by itself, and return how to make it again."""
    rows = target.execute("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'").fetchall()
    for name, _ in rows:
        target.execute(f"DROP TRIGGER {name}")
    return [sql for _, sql in rows]


def _tables(target: sqlite3.Connection) -> list[str]:
    """Return all tables with rows of the kernel or a feature, those that others refer to first."""
    query = (
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' "
        "AND name <> ? ORDER BY rowid"
    )
    return [name for (name,) in target.execute(query, (MIGRATIONS,))]


def _save_table(source: sqlite3.Connection, target: sqlite3.Connection, name: str) -> Table | None:
    keys, columns = _columns(target, name)
    try:
        there = set(_columns(source, name)[1])
    except sqlite3.DatabaseError:
        there = set()
    columns = [column for column in columns if column in there]
    if not set(keys) <= set(columns):
        return None  # the damaged one is older, or does not know any more what it has
    names, places = ", ".join(columns), ", ".join("?" * len(columns))
    insert = f"INSERT OR IGNORE INTO {name} ({names}) VALUES ({places})"  # noqa: S608 - our names
    reader = _Reader(source, name, keys, columns)
    before = target.total_changes
    for row in reader.rows():
        # A row that is nonsense, or belongs to one that is lost.
        with suppress(sqlite3.IntegrityError):
            target.execute(insert, row)
    return Table(name, target.total_changes - before, reader.whole)


def _columns(database: sqlite3.Connection, table: str) -> tuple[list[str], list[str]]:
    """Return the columns of the primary key in its order, and all columns."""
    found = database.execute(f"PRAGMA table_info({table})").fetchall()
    keys = sorted((place, name) for _, name, _, _, _, place in found if place)
    return [name for _, name in keys], [column[1] for column in found]


def _save_sequences(source: sqlite3.Connection, target: sqlite3.Connection) -> None:
    """Let no number be used again, not even that of a row that is lost."""
    try:
        rows = source.execute("SELECT name, seq FROM sqlite_sequence").fetchall()
    except sqlite3.DatabaseError:
        return
    for name, last in rows:
        if isinstance(last, int):
            query = "UPDATE sqlite_sequence SET seq = max(seq, ?) WHERE name = ?"
            if target.execute(query, (last, name)).rowcount == 0:
                target.execute(
                    "INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)", (name, last)
                )


class _Reader:
    """The rows of one table, as far as they can be read; some of them may come twice."""

    def __init__(
        self, source: sqlite3.Connection, table: str, keys: Sequence[str], columns: Sequence[str]
    ) -> None:
        self._source = source
        self._from = f"SELECT {', '.join(columns)} FROM {table}"  # noqa: S608 - our own names
        self._first = keys[0]
        self._rising = ", ".join(keys)
        self._falling = ", ".join(f"{key} DESC" for key in keys)
        self._place = list(columns).index(keys[0])
        self.whole = True
        """Whether all of it could be read so far."""

    def rows(self) -> Iterator[tuple[Any, ...]]:
        """Yield them: from both ends, then one first key after the other in what lies between."""
        low = yield from self._until_damage("", self._rising, ())
        if self.whole:
            return
        high = yield from self._until_damage("", self._falling, ())
        if not isinstance(low, int):
            low = 0
        if not isinstance(high, int):
            return
        for value in range(low, min(high, low + MOST_LOOKS) + 1):
            where = f" WHERE {self._first} = ?"
            yield from self._until_damage(where, self._rising, (value,))
            yield from self._until_damage(where, self._falling, (value,))

    def _until_damage(
        self, where: str, order: str, values: tuple[Any, ...]
    ) -> Generator[tuple[Any, ...], None, Any]:
        """Yield rows as far as it goes; return the first key of the last of them."""
        last = None
        try:
            for row in self._source.execute(f"{self._from}{where} ORDER BY {order}", values):
                last = row[self._place]
                yield row
        except (sqlite3.DatabaseError, UnicodeDecodeError):
            self.whole = False
        return last
