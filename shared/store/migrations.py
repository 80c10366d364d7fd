"""Brings a database to the tables of this version.

Owns the numbered files in `migrations/` and `PRAGMA user_version`, which is the number of the last
one that was applied.  Each is applied in one transaction together with its number, so that after a
crash a database has all of it or nothing.  A file that was released is never changed: what is to
be different comes in the next one.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from meshvisor.shared.errors import MissingError, SettingsError

FOLDER: Final = Path(__file__).with_name("migrations")


@dataclass(frozen=True, slots=True)
class Migration:
    """One step."""

    number: int
    """1 is the first; there are no gaps."""
    path: Path

    def statements(self) -> Iterator[str]:
        """Yield its statements; `executescript` would end the transaction that they belong to."""
        statement = ""
        for line in self.path.read_text(encoding="utf-8").splitlines(keepends=True):
            statement += line
            if sqlite3.complete_statement(statement):
                yield statement
                statement = ""


def all_migrations(folder: Path = FOLDER) -> Sequence[Migration]:
    """Return the steps in their order.

    Raises:
        ValueError: a number is missing or used twice.
    """
    paths = sorted(folder.glob("[0-9]*_*.sql"))
    found = [Migration(int(path.name.partition("_")[0]), path) for path in paths]
    if [one.number for one in found] != list(range(1, len(found) + 1)):
        raise ValueError(f"{folder} holds {[one.path.name for one in found]}, which leaves a gap")
    return found


def migrate(connection: sqlite3.Connection, path: Path, steps: Sequence[Migration]) -> None:
    """Apply the steps that a database lacks.

    Several processes may do so at the same time: each step is applied by whoever comes first.

    Args:
        connection: in autocommit mode (`isolation_level=None`).
        path: of the database, for messages.
        steps: all of them, in their order.

    Raises:
        SettingsError: a newer version of the product has made the database.
        MissingError: another program has made the database.
        sqlite3.Error: a step failed; it left nothing behind.
    """
    while (version := _version(connection)) < len(steps):
        # Only one process gets past this line at a time; the version may have changed meanwhile.
        connection.execute("BEGIN IMMEDIATE")
        try:
            if _version(connection) == version:
                _apply(connection, path, steps[version])
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise
    if version > len(steps):
        raise SettingsError(
            f"{path} was made by a newer version of meshvisor (its tables have version {version}, "
            f"this one knows up to {len(steps)}); install that version, or restore an older backup."
        )


def _apply(connection: sqlite3.Connection, path: Path, step: Migration) -> None:
    if step.number == 1 and connection.execute("SELECT 1 FROM sqlite_schema").fetchone():
        raise MissingError(
            f"{path} is the database of another program; move it away, or use another home."
        )
    for statement in step.statements():
        connection.execute(statement)
    connection.execute(f"PRAGMA user_version = {step.number}")


def _version(connection: sqlite3.Connection) -> int:
    version: int = connection.execute("PRAGMA user_version").fetchone()[0]
    return version
