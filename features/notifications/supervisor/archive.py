"""Notifications that have come to an end long ago: archived by a cleanup, and removed.

Functions on a connection; see `supervisor.cleanup_tasks`.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from typing import Any

from meshvisor.features.notifications.supervisor import outbox
from meshvisor.features.notifications.supervisor.outbox import QUERIES
from meshvisor.supervisor.cleanup_tasks import Exported


def count(db: sqlite3.Connection, before: int) -> int:
    """Return how many are old enough."""
    (found,) = db.execute(QUERIES["count_old"], {"before": before}).fetchone()
    return int(found)


def export(db: sqlite3.Connection, before: int, limit: int) -> Sequence[Exported]:
    """Return some of them as they are, each with its ways."""
    rows = db.execute(QUERIES["old"], {"before": before, "limit": limit}).fetchall()
    return [Exported(number, _document(db, number)) for (number,) in rows]


def remove(db: sqlite3.Connection, numbers: Sequence[int | str]) -> int:
    """Remove what is in the archive; return how many it was."""
    return sum(db.execute(QUERIES["remove"], (number,)).rowcount for number in numbers)


# Private


def _document(db: sqlite3.Connection, number: int) -> dict[str, Any]:
    row = outbox.find(db, number)
    assert row is not None
    names = ("channel", "state", "due_at", "attempts", "reason", "changed_at")
    ways = db.execute(QUERIES["deliveries"], (number,)).fetchall()
    return {
        **row,
        "lines": json.loads(row["lines"]),
        "deliveries": [dict(zip(names, way, strict=True)) for way in ways],
    }
