"""Messages to the supervisor: written in the transaction that they are about, sent in order.

Owns the numbers of the entries.  Does not own telling them (`app`), nor taking them in
(`supervisor.reports`).
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from typing import Any

from meshvisor.features.workflows.engine.database import QUERIES
from meshvisor.features.workflows.engine.execution import written


class Outbox:
    """Entries that the supervisor has not heard.

    Args:
        db: the engine's database.
    """

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    def add(self, entry: Mapping[str, Any]) -> None:
        """Add an entry, inside a transaction; its fields are those of `supervisor.reports`."""
        self._db.execute(QUERIES["report"], (written(entry),))

    def read(self, limit: int) -> list[dict[str, Any]]:
        """Return the first ones."""
        return [
            {"number": number, **json.loads(entry)}
            for number, entry in self._db.execute(QUERIES["reports"], (limit,))
        ]

    @property
    def is_empty(self) -> bool:
        """Whether everything is sent."""
        return self._db.execute("SELECT 1 FROM outbox LIMIT 1").fetchone() is None

    def forget(self, number: int) -> None:
        """Remove those up to a number: they were heard."""
        self._db.execute(QUERIES["forget_reports"], (number,))

    def count_from(self, number: int) -> None:
        """Have them counted behind those that the supervisor knows of: the file may be new."""
        row = self._db.execute("SELECT seq FROM sqlite_sequence WHERE name = 'outbox'").fetchone()
        if row is not None and row[0] >= number:
            return
        self._db.execute("BEGIN IMMEDIATE")
        if row is None:
            self._db.execute(
                "INSERT INTO sqlite_sequence (name, seq) VALUES ('outbox', ?)", (number,)
            )
        else:
            self._db.execute("UPDATE sqlite_sequence SET seq = ? WHERE name = 'outbox'", (number,))
        # Behind all at first, for no two may have the same number on the way.
        self._db.execute("UPDATE outbox SET number = -number")
        self._db.execute("UPDATE outbox SET number = ? - number", (number,))
        self._db.execute(
            "UPDATE sqlite_sequence SET seq = "
            "(SELECT max(seq, coalesce(max(number), 0)) FROM outbox) WHERE name = 'outbox'"
        )
        self._db.execute("COMMIT")
