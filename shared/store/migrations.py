"""Brings a database to the tables of this version: one numbered line of steps for each owner.

Owns the order of steps and what says which were applied: a row of the table `migrations` for each
owner, with the number of its last step.  The kernel's steps are in `migrations/` here, those of a
feature in the folder that it names.  All that a database lacks is applied in one transaction
together with the numbers, so that after a crash it has everything or nothing; one for each step
would have the first start of a home wait thirty times for its disk.  A file that was released is
never changed: what is to be different comes in the next one.

Up to step 8 all owners shared one line, whose last step was `PRAGMA user_version`.  Such a database
is taken over once.  From then on the pragma is higher than that line ever was, and rises with each
step: a program of that time refuses the database instead of damaging it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import msgspec

from meshvisor.shared.errors import MissingError, SettingsError
from meshvisor.shared.feature import WITHOUT, Feature, features, left_out

FOLDER: Final = Path(__file__).with_name("migrations")

KERNEL: Final = "kernel"
"""Owner of what is no feature's."""

ONE_LINE: Final = 8
"""Last step of the line that all owners shared."""

TABLE: Final = "migrations"
"""Says which steps were applied."""

_CREATE: Final = f"""\
CREATE TABLE {TABLE} (
    owner TEXT PRIMARY KEY, -- the kernel, or a feature by its name
    number INTEGER NOT NULL -- of its last step that was applied
) STRICT, WITHOUT ROWID"""


class Migration(msgspec.Struct, frozen=True):
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


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """The steps of one owner."""

    owner: str
    steps: Sequence[Migration]
    former: tuple[int, ...] = ()
    """The numbers that its first steps had in the line that all owners shared."""
    in_use: bool = True
    """False: its feature is left out, so nothing is applied."""

    def taken_over(self, version: int) -> int:
        """Return its last step in a database of a version of the shared line."""
        return sum(number <= version for number in self.former)


def all_lines(*, with_left_out: bool = False) -> Sequence[Line]:
    """Return the lines of all owners that there are, the kernel's first.

    Args:
        with_left_out: whether those of features that are left out are in use, too.

    Raises:
        ValueError: in one of them a number is missing or used twice.
    """
    lines = [Line(owner=KERNEL, steps=steps_in(FOLDER), former=(1,))]
    lines += [_line(feature, in_use=True) for feature in features() if feature.migrations]
    return lines + [
        _line(feature, in_use=with_left_out) for feature in left_out() if feature.migrations
    ]


def steps_in(folder: Path) -> Sequence[Migration]:
    """Return the steps of a folder in their order.

    Raises:
        ValueError: a number is missing or used twice.
    """
    paths = sorted(folder.glob("[0-9]*_*.sql"))
    found = [Migration(int(path.name.partition("_")[0]), path) for path in paths]
    if [one.number for one in found] != list(range(1, len(found) + 1)):
        raise ValueError(f"{folder} holds {[one.path.name for one in found]}, which leaves a gap")
    return found


def migrate(connection: sqlite3.Connection, path: Path, lines: Sequence[Line]) -> None:
    """Apply the steps that a database lacks: all of them, or none.

    Several processes may do so at the same time: the first one does it.

    Args:
        connection: in autocommit mode (`isolation_level=None`).
        path: of the database, for messages.
        lines: of all owners, an owner before those that build on its tables.

    Raises:
        SettingsError: a newer version of the product has made the database, one with features
            that this one lacks, or a step is wrong.
        MissingError: another program has made the database.
        sqlite3.Error: the database cannot be written; nothing was done.
    """
    if not _lacking(_applied(connection, path), connection, path, lines):
        return
    # Only one process gets past this line at a time; much may have changed meanwhile.
    with _transaction(connection):
        applied = _applied(connection, path)
        lacking = _lacking(applied, connection, path, lines)
        if applied is None:
            applied = _take_over(connection, lines)
            lacking = _unfinished(applied, lines)
        for line in lacking:
            for step in line.steps[applied.get(line.owner, 0) :]:
                _apply(connection, path, line.owner, step)
        if lacking:
            _write(connection, {**applied, **{line.owner: len(line.steps) for line in lacking}})


# Private

_MISTAKES: Final = frozenset(
    {sqlite3.SQLITE_ERROR, sqlite3.SQLITE_CONSTRAINT, sqlite3.SQLITE_MISMATCH, sqlite3.SQLITE_RANGE}
)
"""Codes of errors that a statement has itself, or that what is in the tables does not fit."""

_PRIMARY: Final = 0xFF
"""Bits of an extended code that are the plain one."""


def _apply(connection: sqlite3.Connection, path: Path, owner: str, step: Migration) -> None:
    try:
        for statement in step.statements():
            connection.execute(statement)
    except sqlite3.Error as error:
        if error.sqlite_errorcode & _PRIMARY not in _MISTAKES:
            raise
        whose = "meshvisor itself" if owner == KERNEL else f"the feature {owner}"
        without = "" if owner == KERNEL else f", or start without it ({WITHOUT}={owner})"
        raise SettingsError(
            f"the tables of {whose} in {path} cannot be brought to this version, and nothing was "
            f"changed: {step.path} fails ({error}); mend that file{without}."
        ) from error


def _line(feature: Feature, *, in_use: bool) -> Line:
    return Line(
        owner=feature.name,
        steps=steps_in(feature.folder(feature.migrations)),
        former=feature.former_migrations,
        in_use=in_use,
    )


@contextmanager
def _transaction(connection: sqlite3.Connection) -> Iterator[None]:
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def _applied(connection: sqlite3.Connection, path: Path) -> Mapping[str, int] | None:
    """Return the last step of each owner; None: the database is not taken over yet."""
    version = _version(connection)
    if version > ONE_LINE:
        try:
            return dict(connection.execute(f"SELECT owner, number FROM {TABLE}"))  # noqa: S608
        except sqlite3.OperationalError:
            raise _newer(path, version, ONE_LINE) from None
    if version == 0 and connection.execute("SELECT 1 FROM sqlite_schema").fetchone():
        raise MissingError(
            f"{path} is the database of another program; move it away, or use another home."
        )
    return None


def _refuse_newer(
    connection: sqlite3.Connection, path: Path, applied: Mapping[str, int], lines: Sequence[Line]
) -> None:
    known = {line.owner: len(line.steps) for line in lines}
    if missing := sorted(applied.keys() - known.keys()):
        raise SettingsError(
            f"{path} has tables of features that this installation lacks: "
            f"{', '.join(f'{owner} (up to migration {applied[owner]})' for owner in missing)}; put "
            "back their folders, install the version that has them, or restore an older backup."
        )
    if (version := _version(connection)) > _version_of(known):
        raise _newer(path, version, _version_of(known))
    for owner, number in applied.items():
        # As when that version runs with fewer features: all of its steps are not more than ours.
        if number > known.get(owner, 0):
            raise _newer(path, number, known.get(owner, 0), of=f" of {owner}")


def _lacking(
    applied: Mapping[str, int] | None,
    connection: sqlite3.Connection,
    path: Path,
    lines: Sequence[Line],
) -> Sequence[Line]:
    """Return whose steps are to be applied; all, as long as that is unknown."""
    if applied is None:
        return lines
    _refuse_newer(connection, path, applied, lines)
    return _unfinished(applied, lines)


def _unfinished(applied: Mapping[str, int], lines: Sequence[Line]) -> Sequence[Line]:
    """Return the owners in use who have steps that are not applied."""
    return [line for line in lines if line.in_use and applied.get(line.owner, 0) < len(line.steps)]


def _take_over(connection: sqlite3.Connection, lines: Sequence[Line]) -> Mapping[str, int]:
    """Write down which steps a database of the shared line has, and return it."""
    version = _version(connection)
    connection.execute(_CREATE)
    taken = {line.owner: line.taken_over(version) for line in lines}
    applied = {owner: number for owner, number in taken.items() if number}
    _write(connection, applied)
    return applied


def _write(connection: sqlite3.Connection, applied: Mapping[str, int]) -> None:
    connection.executemany(
        f"INSERT OR REPLACE INTO {TABLE} (owner, number) VALUES (?, ?)",  # noqa: S608 - our name
        applied.items(),
    )
    connection.execute(f"PRAGMA user_version = {_version_of(applied)}")


def _version_of(applied: Mapping[str, int]) -> int:
    return ONE_LINE + 1 + sum(applied.values())


def _newer(path: Path, version: int, known: int, of: str = "") -> SettingsError:
    return SettingsError(
        f"{path} was made by a newer version of meshvisor (its tables{of} have version {version}, "
        f"this one knows up to {known}); install that version, or restore an older backup."
    )


def _version(connection: sqlite3.Connection) -> int:
    version: int = connection.execute("PRAGMA user_version").fetchone()[0]
    return version
