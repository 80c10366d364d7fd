"""What was kept long enough: months of events, and what is known of single people."""

from __future__ import annotations

import sqlite3
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from meshvisor.features.statistics.store import partitions
from meshvisor.features.statistics.store.database import transaction
from meshvisor.features.statistics.store.names import FORGOTTEN, say_removed

LATEST_HOUR: Final = 2**62
"""Later than any."""


def limit_of(now: float, keep_days: float) -> datetime:
    """Return the moment before which nothing is kept.

    Args:
        now: epoch seconds.
        keep_days: how long events are kept.
    """
    return datetime.fromtimestamp(now, UTC) - timedelta(days=keep_days)


def month_of_limit(limit: datetime) -> str:
    """Return the first month that is kept, as a whole: some of its days are to be."""
    return f"{limit:%Y-%m}"


def remove_old(db: sqlite3.Connection, limit: datetime) -> int:
    """Remove months of which every day is before a limit, and people of days before it.

    Sums of days stay.  A user who is in no event and no day any more has no row.

    Args:
        db: outside of a transaction.
        limit: as of `limit_of`.

    Returns:
        How many months there were.
    """
    old = [month for month in partitions.months(db) if month < month_of_limit(limit)]
    day = limit.date().isoformat()
    with transaction(db):
        for month in old:
            partitions.drop(db, month)
        people = db.execute("DELETE FROM daily_people WHERE day < ?", (day,)).rowcount
        db.execute(
            "DELETE FROM changed WHERE hour < ?",
            (int(datetime(limit.year, limit.month, 1, tzinfo=UTC).timestamp()),),
        )
        if old or people:
            remove_unused_people(db)
    return len(old)


def remove_unused_people(db: sqlite3.Connection) -> int:
    """Remove the names of people who are in no event and in no day; return how many.

    Within a transaction.  Events of which there are statistics have their people there, so that
    only the others are looked at: a year of events would be read for minutes.
    """
    (first,) = db.execute("SELECT min(day) FROM daily_people").fetchone()
    before = LATEST_HOUR
    if first is not None:
        # A day more, for zones: days are not those of UTC.
        begin = datetime.combine(date.fromisoformat(first), time(), UTC) + timedelta(days=1)
        before = int(begin.timestamp())
    sources = ["SELECT person FROM monthly_people WHERE mesh = 0"]
    for month in partitions.months(db):
        select = f"SELECT person FROM {partitions.table_of(month)} WHERE hour"
        sources += [f"{select} < {before}", f"{select} IN (SELECT hour FROM changed)"]
    union = " UNION ".join(sources)
    removed = db.execute(
        f"DELETE FROM people WHERE id NOT IN ({union}) AND text NOT GLOB '{FORGOTTEN}*'"
    ).rowcount
    if removed:
        say_removed(db)
    return removed
