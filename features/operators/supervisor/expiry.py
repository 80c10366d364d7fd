"""Sessions and links that ended long ago, for the cleanup: functions on a connection.

Own what is left when no one signs in any more: `service` removes what has expired with each new
session.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Final

from meshvisor.shared.store.queries import load_queries

QUERIES: Final = load_queries(Path(__file__).with_name("queries.sql"))

KEEP_DAYS: Final = 1.0
"""Days after their end (seed 002): long enough to be seen in a list by who wonders."""


def count(db: sqlite3.Connection, before: int) -> int:
    """Return how many sessions and links ended before a moment."""
    (found,) = db.execute(QUERIES["count_expired"], {"before": before}).fetchone()
    return int(found)


def remove(db: sqlite3.Connection, before: int, limit: int) -> int:
    """Remove some of them; return how many."""
    values = {"before": before, "limit": limit}
    removed = db.execute(QUERIES["remove_expired_sessions"], values).rowcount
    return removed or db.execute(QUERIES["remove_expired_links"], values).rowcount
