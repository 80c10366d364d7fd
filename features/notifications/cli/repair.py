"""What of a damaged database is gone of notifications, for `meshvisor salvage`."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from typing import Any

from meshvisor.features.notifications.supervisor.outbox import QUERIES


class Repair:
    """Makes notifications agree with the ways that were saved.

    A way whose notification is gone has nothing to tell; a notification that has lost all of its
    ways reaches no one, and says so.

    Args:
        now: epoch milliseconds.
    """

    titles: Mapping[str, str] = {
        "notifications": "notifications",
        "notification_deliveries": "their ways",
        "notification_preferences": "preferences of users",
    }

    def __init__(self, now: int) -> None:
        self._now = now

    def apply(self, database: sqlite3.Connection) -> None:
        """Do it."""
        database.execute(QUERIES["remove_lone_deliveries"])
        database.execute(QUERIES["remove_lone_troubles"])
        database.execute(QUERIES["suppress_without_ways"], {"now": self._now})

    def losses(self) -> dict[str, Any]:
        """Return nothing: what is gone is unknown."""
        return {}

    def sentences(self, result: Mapping[str, Any]) -> Iterator[str]:
        """Yield nothing."""
        yield from ()
