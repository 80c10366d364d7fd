"""Runs as records: `process_log_{schedule}_{planned time}`, computed of the history."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping
from typing import Any, Final

from meshvisor.features.schedules.supervisor import ledger
from meshvisor.features.schedules.supervisor.ledger import QUERIES
from meshvisor.features.schedules.supervisor.runs import run_of
from meshvisor.shared.records import ComputedKey, ComputedRecords

PREFIX: Final = "process_log_"

_BEHIND_ALL: Final = "\U0010ffff"
"""Sorts behind every character of a name."""


def keys(db: sqlite3.Connection, beginning: str, limit: int) -> Iterable[ComputedKey]:
    """Return runs whose keys begin so, the newest first."""
    name = beginning.removeprefix(PREFIX)
    if not name:
        rows = db.execute(QUERIES["newest_runs"], {"limit": limit}).fetchall()
    else:
        # All of it may be of the name, or its end of the planned time.
        values = {"first": name, "last": name + _BEHIND_ALL, "limit": limit}
        rows = db.execute(QUERIES["runs_of_names"], values).fetchall()
        whole, _, planned = name.rpartition("_")
        values = {"schedule": whole, "planned": f"{planned}*", "limit": limit}
        rows += db.execute(QUERIES["runs_at_times"], values).fetchall()
    rows.sort(key=lambda row: -row[1])
    return [ComputedKey(f"{PREFIX}{name}_{planned}", at) for name, planned, at in rows[:limit]]


def document(db: sqlite3.Connection, key: str) -> tuple[ComputedKey, Mapping[str, Any]] | None:
    """Return a run; None: there is none."""
    name, _, text = key.removeprefix(PREFIX).rpartition("_")
    if not text.isdecimal() or len(text) > len("9999999999999"):
        return None
    planned = int(text)
    row = db.execute(QUERIES["run"], {"schedule": name, "planned_at": planned}).fetchone()
    if row is None:
        return None
    (found,) = ledger.history(db, name, planned + 1, 1)
    content = {"name": name, **run_of(found).model_dump(mode="json")}
    return ComputedKey(key, row[0]), content


COMPUTED: Final = (ComputedRecords(PREFIX, keys, document),)
