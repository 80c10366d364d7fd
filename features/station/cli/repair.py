"""What of a damaged database is the station's, for `meshvisor salvage`."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from typing import Any, Final

STATEMENTS: Final = (
    "DELETE FROM station_alert_notes WHERE alert_id NOT IN (SELECT id FROM station_alerts)",
    (
        "DELETE FROM station_standings WHERE user_id NOT IN (SELECT user_id FROM station_users)"
        " OR zone NOT IN (SELECT name FROM station_zones)"
    ),
    (
        "DELETE FROM station_memberships WHERE user_id NOT IN (SELECT user_id FROM station_users)"
        " OR group_name NOT IN (SELECT name FROM station_groups)"
    ),
    (
        "INSERT INTO station_versions VALUES ('zones', 1)"
        " ON CONFLICT (name) DO UPDATE SET version = version + 1"
    ),
)
"""What is about something that is gone is left out; zones are prepared anew."""


class Repair:
    """Names the tables, and leaves out what is about nothing that there is."""

    titles: Mapping[str, str] = {
        "station_alerts": "alerts",
        "station_zones": "zones",
        "station_users": "users",
        "station_groups": "groups of users",
    }

    def __init__(self, now: int) -> None:
        pass

    def apply(self, database: sqlite3.Connection) -> None:
        """Make what was saved agree with each other."""
        for statement in STATEMENTS:
            database.execute(statement)

    def losses(self) -> dict[str, Any]:
        """Return nothing: what is gone is unknown."""
        return {}

    def sentences(self, result: Mapping[str, Any]) -> Iterator[str]:
        """Yield nothing."""
        yield from ()
