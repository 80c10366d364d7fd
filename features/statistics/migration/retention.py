"""Months on the server that were kept long enough.

Owns their removal.  Does not own when that is, which the supervisor says: it alone knows whether
its clock has been right for long enough (`supervisor.recorder`).
"""

from __future__ import annotations

import sqlite3

from meshvisor.features.statistics.migration.mongo import MongoEvents
from meshvisor.features.statistics.store.database import transaction

_OLD = "SELECT DISTINCT month FROM migrations WHERE direction = 'mongodb' AND month < ?"


def old_months(db: sqlite3.Connection, keep_from: str) -> list[str]:
    """Return the months that this home has copied to a server and that are too old.

    Args:
        db: outside of a transaction.
        keep_from: the first month that is kept, such as `2025-10`.
    """
    return sorted(month for (month,) in db.execute(_OLD, (keep_from,)))


def remove_month(db: sqlite3.Connection, mongo: MongoEvents, month: str) -> None:
    """Remove a month there, and what is known of its migration; sums of days stay.

    Killed between the two, it is done again.

    Raises:
        MeshvisorError: the server does not do it.
    """
    mongo.drop(month)
    with transaction(db):
        db.execute("DELETE FROM migrations WHERE month = ?", (month,))
        db.execute("DELETE FROM facts WHERE name GLOB ?", (f"since * {month} *",))
