"""How far each subscriber is in the log; all functions take a connection inside a transaction."""

from __future__ import annotations

import sqlite3
from typing import NamedTuple

from meshvisor.shared.events.log import QUERIES


class Cursor(NamedTuple):
    """A subscriber's place."""

    name: str
    seq: int
    """Of the last event that it is done with."""
    updated_at: int
    """Epoch milliseconds."""


def find(db: sqlite3.Connection, name: str) -> int | None:
    """Return how far a subscriber is; None: it has never been here."""
    row = db.execute(QUERIES["cursor"], (name,)).fetchone()
    return None if row is None else int(row[0])


def save(db: sqlite3.Connection, name: str, seq: int, now: int) -> None:
    """Note how far a subscriber is; a smaller number than before changes nothing."""
    db.execute(QUERIES["save_cursor"], {"name": name, "seq": seq, "now": now})


def move_back(db: sqlite3.Connection, name: str, seq: int, now: int) -> None:
    """Put a subscriber at a place that is before its own."""
    db.execute(QUERIES["move_cursor"], {"name": name, "seq": seq, "now": now})


def all_of(db: sqlite3.Connection) -> list[Cursor]:
    """Return the places of all subscribers that ever were, by name."""
    return [Cursor(*row) for row in db.execute(QUERIES["cursors"])]
