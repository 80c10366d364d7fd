"""Forgetting a user: nothing that is kept says any more what they did.

What they did still counts, without a user.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence

from meshvisor.features.statistics.store import partitions
from meshvisor.features.statistics.store.database import transaction
from meshvisor.features.statistics.store.names import FORGOTTEN, say_removed

Progress = Callable[[float, str], None]


def forget(db: sqlite3.Connection, names: Sequence[str], progress: Progress) -> int | None:
    """Take a user out of events and statistics; None: there is none of that name.

    The name goes first, so that what the user does meanwhile is recorded as a new user's.  Killed,
    it is to be started again, for this or another user: it finishes both.

    Args:
        db: outside of a transaction.
        names: under which the user may be recorded.
        progress: called with percents and what is being done.

    Returns:
        How many events there were.
    """
    db.execute("PRAGMA secure_delete = ON")
    people = _take_names(db, names)
    if not people:
        return None
    months = partitions.months(db)
    changed = 0
    for index, month in enumerate(months):
        progress(90 * index / len(months), f"Month {month}")
        table = partitions.table_of(month)
        with transaction(db):
            changed += db.execute(
                f"UPDATE {table} SET person = 0 WHERE person IN ({people})"
            ).rowcount
    with transaction(db):
        _leave_days(db, people)
        db.execute(f"DELETE FROM people WHERE id IN ({people})")
        say_removed(db)  # an aggregation that has read them before reads them again
    # What was overwritten is still in the log until that goes to the main file.
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    progress(100, f"{changed:,} events")
    return changed


# Private


def _take_names(db: sqlite3.Connection, names: Sequence[str]) -> str:
    """Take the names from people, and return their numbers, as in a list of SQL."""
    marks = ", ".join("?" * len(names))
    with transaction(db):
        db.execute(
            f"UPDATE people SET text = '{FORGOTTEN}' || id WHERE text IN ({marks})", tuple(names)
        )
        found = db.execute(f"SELECT id FROM people WHERE text GLOB '{FORGOTTEN}*'").fetchall()
        if found:
            say_removed(db)
    return ", ".join(str(number) for (number,) in found)


def _leave_days(db: sqlite3.Connection, people: str) -> None:
    # In each mesh a look for each of them, where all days of all people would be read.
    theirs = f"mesh IN (SELECT id FROM meshes UNION ALL SELECT 0) AND person IN ({people})"
    days = f"SELECT DISTINCT day, mesh, person FROM daily_people WHERE {theirs}"
    db.execute(
        "UPDATE daily_users SET active = active - f.gone FROM "
        f"(SELECT day, mesh, count(*) AS gone FROM ({days}) GROUP BY day, mesh) f "
        "WHERE daily_users.day = f.day AND daily_users.mesh = f.mesh"
    )
    db.execute(
        "INSERT INTO facts SELECT 'new_from', min(day) FROM daily_people "
        f"WHERE {theirs} HAVING min(day) IS NOT NULL "
        "ON CONFLICT (name) DO UPDATE SET value = min(value, excluded.value)"
    )
    db.execute(f"DELETE FROM daily_people WHERE {theirs}")
