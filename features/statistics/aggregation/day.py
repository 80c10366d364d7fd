"""Writing the statistics of a day: in one transaction, in place of those that there were."""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from meshvisor.features.statistics.aggregation.elsewhere import SumsElsewhere
from meshvisor.features.statistics.aggregation.part import Sums
from meshvisor.features.statistics.model.days import hour_in_day
from meshvisor.features.statistics.store.database import QUERIES, transaction
from meshvisor.features.statistics.store.names import removals_of

ALL = 0
"""The number of all meshes together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DayToWrite:
    """What is written of a day."""

    day: date
    zone: ZoneInfo
    """In which the day is meant."""
    marks: Mapping[int, int]
    """Of its hours, as they were before the events were read; they go, except where an event has
    come since."""
    meshes: Sequence[int] = ()
    """Only these are written, and marks stay; empty: all, and all together."""
    bookmark: str = ""
    """What is being done, to be gone on with behind this day; empty: nothing is."""
    removals: int = 0
    """How often people were removed, as it was before the events were read (`store.names`)."""


def write_day(
    db: sqlite3.Connection, what: DayToWrite, sums: Sums, elsewhere: SumsElsewhere | None = None
) -> bool:
    """Write what a day was like.

    Args:
        db: outside of a transaction.
        what: which day.
        sums: of all its events here, or of those of its meshes; changed.
        elsewhere: of those in another store.

    Returns:
        False: people were removed since the events were read.  Nothing is written, and the day is
        to be counted again, lest a user who was forgotten is back.
    """
    day, meshes, bookmark = what.day, what.meshes, what.bookmark
    text = day.isoformat()
    with transaction(db):
        if removals_of(db) != what.removals:
            return False
        if elsewhere is not None:
            sums.add(elsewhere.in_numbers_of(db))
        _remove(db, text, meshes)
        whole = not meshes
        _write_counts(db, text, what.zone, sums, whole=whole)
        db.execute(QUERIES["remove_totals"], {"day": text})
        db.execute(QUERIES["write_totals"], {"day": text})
        _write_names(db, text, sums, whole=whole)
        _write_people(db, text, sums, whole=whole)
        if whole:
            db.executemany("DELETE FROM changed WHERE hour = ? AND id <= ?", what.marks.items())
        if bookmark:
            db.execute(QUERIES["move_bookmark"], {"what": bookmark, "day": text})
        db.execute(
            "INSERT INTO facts VALUES ('new_from', ?) ON CONFLICT (name) "
            "DO UPDATE SET value = min(value, excluded.value)",
            (text,),
        )
    return True


def count_new_users(db: sqlite3.Connection) -> None:
    """Count the new users of all days from the first one that was written on.

    New is who was not seen on any day before that is still known.
    """
    with transaction(db):
        row = db.execute("SELECT value FROM facts WHERE name = 'new_from'").fetchone()
        if row is None:
            return
        db.execute("UPDATE daily_users SET new = 0 WHERE day >= ?", row)
        # Mostly it is the newest day, of which the users are looked up one by one: all days of all
        # users would be read every ten minutes.
        db.execute(
            "UPDATE daily_users SET new = f.new FROM (SELECT first, mesh, count(*) AS new FROM ("
            "SELECT mesh, (SELECT min(day) FROM daily_people p WHERE p.mesh = d.mesh "
            "AND p.person = d.person) AS first FROM (SELECT DISTINCT mesh, person "
            "FROM daily_people INDEXED BY daily_people_by_day WHERE day >= :day) d) "
            "WHERE first >= :day GROUP BY first, mesh) f "
            "WHERE day = f.first AND daily_users.mesh = f.mesh",
            {"day": row[0]},
        )
        db.execute("DELETE FROM facts WHERE name = 'new_from'")


# Private


def _remove(db: sqlite3.Connection, day: str, meshes: Sequence[int]) -> None:
    only = f" AND mesh IN ({', '.join(map(str, meshes))})" if meshes else ""
    for table in ("daily_counts", "daily_names", "daily_people", "daily_users"):
        db.execute(f"DELETE FROM {table} WHERE day = ?{only}", (day,))


def _write_counts(
    db: sqlite3.Connection, day: str, zone: ZoneInfo, sums: Sums, *, whole: bool
) -> None:
    clocks = {hour: hour_in_day(hour, zone) for hour, _ in sums.hours}
    # Two hours of a day may be called the same, when clocks are set back.
    found: defaultdict[tuple[int, int, int], int] = defaultdict(int)
    for (hour, place), count in sums.hours.items():
        mesh, kind = place >> 3, place & 7
        found[mesh, clocks[hour], kind] += count
        if whole:
            found[ALL, clocks[hour], kind] += count
    db.executemany(
        "INSERT INTO daily_counts VALUES (?, ?, ?, ?, ?)",
        ((day, *key, count) for key, count in sorted(found.items())),
    )


def _write_names(db: sqlite3.Connection, day: str, sums: Sums, *, whole: bool) -> None:
    found: defaultdict[tuple[int, int, int], int] = defaultdict(int)
    for (place, name), count in sums.names.items():
        mesh, kind = place >> 3, place & 7
        found[mesh, kind, name] += count
        if whole:
            found[ALL, kind, name] += count
    db.executemany(
        "INSERT INTO daily_names VALUES (?, ?, ?, ?, ?)",
        ((day, *key, count) for key, count in sorted(found.items())),
    )


def _write_people(db: sqlite3.Connection, day: str, sums: Sums, *, whole: bool) -> None:
    known = sums.people
    if whole:
        together: defaultdict[int, int] = defaultdict(int)
        for key, count in known.items():
            together[key & (1 << 35) - 1] += count
        known.update(together)
    # In the order of the table: pages are filled one after another.
    db.executemany(
        "INSERT INTO daily_people VALUES (?, ?, ?, ?, ?)",
        (
            (key >> 35, key >> 3 & 0xFFFFFFFF, day, key & 7, known[key])
            for key in sorted(known)
            if key >> 3 & 0xFFFFFFFF
        ),
    )
    db.execute(
        "INSERT INTO daily_users SELECT day, mesh, count(DISTINCT person), 0 FROM daily_people "
        f"WHERE day = ? AND mesh IN ({_meshes(known)}) GROUP BY mesh",
        (day,),
    )


def _meshes(people: Mapping[int, int]) -> str:
    return ", ".join(map(str, sorted({key >> 35 for key in people})))
