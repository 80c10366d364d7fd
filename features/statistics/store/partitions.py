"""Events of usage: one table for each month, ordered by hour and number.

An event is a count of one thing of one user in one hour, as a worker has sent it; there may be
many of the same hour.  Its number comes from one sequence for all months and is never used again,
so that an event which is copied to another store is the same there.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, NamedTuple

from meshvisor.features.statistics.model.days import month_of
from meshvisor.features.statistics.store.database import QUERIES
from meshvisor.features.statistics.store.names import Names

_COLUMNS: Final = "hour, id, mesh, person, kind, name, count, synthetic"

_TABLE: Final = """CREATE TABLE IF NOT EXISTS {} (
    hour INTEGER NOT NULL, id INTEGER NOT NULL, mesh INTEGER NOT NULL, person INTEGER NOT NULL,
    kind INTEGER NOT NULL, name INTEGER NOT NULL, count INTEGER NOT NULL,
    synthetic INTEGER NOT NULL, PRIMARY KEY (hour, id)
) STRICT, WITHOUT ROWID"""


class UsageEvent(NamedTuple):
    """An event that is to be stored."""

    hour: int
    """Its beginning in epoch seconds."""
    mesh_id: str
    person: str
    """As privacy allows; empty: it is not recorded."""
    kind: int
    name: str
    """Of the command; empty: none."""
    times: int


def table_of(month: str) -> str:
    """Return the table of a month such as `2026-11`."""
    return f"usage_{month.replace('-', '_')}"


def months(db: sqlite3.Connection) -> list[str]:
    """Return the months that have a table, oldest first."""
    found = [str(row[0]) for row in db.execute(QUERIES["months"])]
    return [name.removeprefix("usage_").replace("_", "-") for name in found]


def make_table(db: sqlite3.Connection, month: str) -> str:
    """Make the table of a month if it is missing; return its name."""
    table = table_of(month)
    db.execute(_TABLE.format(table))
    return table


def append(
    db: sqlite3.Connection, names: Names, events: Sequence[UsageEvent], *, mark: int = 0
) -> None:
    """Store events and mark their hours as changed; within a transaction.

    Args:
        db: the database.
        names: of this connection.
        events: what is stored.
        mark: where they come from, as in `model.kinds`; 0: they were recorded.
    """
    names.renew()
    (first,) = db.execute(QUERIES["take_ids"], {"count": len(events)}).fetchone()
    by_month: dict[str, list[tuple[int, ...]]] = {}
    hours: dict[int, int] = {}
    month_of_hour: dict[int, str] = {}
    for number, event in enumerate(events, first):
        hour = event.hour
        month = month_of_hour.get(hour)
        if month is None:
            month = month_of_hour[hour] = month_of(hour)
        by_month.setdefault(month, []).append(
            (
                hour,
                number,
                names.mesh(event.mesh_id),
                names.person(event.person),
                event.kind,
                names.name(event.name),
                event.times,
                mark,
            )
        )
        hours[hour] = number
    for month, rows in by_month.items():
        insert(db, month, rows)
    db.executemany(QUERIES["mark"], hours.items())


def insert(db: sqlite3.Connection, month: str, rows: Iterable[Sequence[int]]) -> int:
    """Store events as they are, except those that are there; return how many were new."""
    table = make_table(db, month)
    return db.executemany(
        f"INSERT OR IGNORE INTO {table} ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        rows,
    ).rowcount


def read_behind(
    db: sqlite3.Connection, month: str, hour: int, number: int, kinds: Sequence[int], limit: int
) -> list[tuple[int, ...]]:
    """Return events of some kinds behind one, in order."""
    marks = ", ".join("?" * len(kinds))
    return db.execute(
        f"SELECT {_COLUMNS} FROM {table_of(month)} WHERE (hour, id) > (?, ?) "
        f"AND kind IN ({marks}) ORDER BY hour, id LIMIT ?",
        (hour, number, *kinds, limit),
    ).fetchall()


def recorded_hours(db: sqlite3.Connection) -> Iterator[int]:
    """Yield the hours of which there are events, by jumps in the index."""
    for month in months(db):
        table, hour = table_of(month), -1
        while True:
            (found,) = db.execute(
                f"SELECT min(hour) FROM {table} WHERE hour > ?",
                (hour,),
            ).fetchone()
            if found is None:
                break
            yield found
            hour = found


def drop(db: sqlite3.Connection, month: str) -> None:
    """Remove the table of a month."""
    db.execute(f"DROP TABLE IF EXISTS {table_of(month)}")
