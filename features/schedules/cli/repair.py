"""What of a damaged database is whose, for `meshvisor salvage`; rows here stand for themselves."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from typing import Any


class Repair:
    """Names the tables."""

    titles: Mapping[str, str] = {
        "schedules": "schedules made or changed at run time",
        "schedule_fires": "entries of their history",
    }

    def __init__(self, now: int) -> None:
        pass

    def apply(self, database: sqlite3.Connection) -> None:
        """Do nothing: what is due is compared with the settings at the next start."""

    def losses(self) -> dict[str, Any]:
        """Return nothing: what is gone is unknown."""
        return {}

    def sentences(self, result: Mapping[str, Any]) -> Iterator[str]:
        """Yield nothing."""
        yield from ()
