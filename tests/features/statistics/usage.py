"""Usage that is drawn from a seed, and what statistics have to make of it."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import date
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from meshvisor.features.statistics.aggregation.elsewhere import Elsewhere
from meshvisor.features.statistics.aggregation.run import Outcome, Wanted, aggregate
from meshvisor.features.statistics.generation.synthetic import Plan, day_of_events
from meshvisor.features.statistics.model.days import days_between
from meshvisor.features.statistics.store import partitions
from meshvisor.features.statistics.store.database import transaction
from meshvisor.features.statistics.store.names import Names
from meshvisor.features.statistics.store.partitions import UsageEvent

UTC = ZoneInfo("UTC")
FIRST, LAST = date(2026, 10, 30), date(2026, 11, 1)
"""Two partitions."""

MESHES = ("lobby", "bar", "irc:room")

TABLES = (
    "daily_counts",
    "daily_totals",
    "daily_names",
    "daily_people",
    "daily_users",
    "changed",
    "bookmarks",
)


def quiet(_percent: float, _task: str) -> None:
    """Show no progress."""


def some_days(zone: ZoneInfo = UTC, events: int = 120) -> list[UsageEvent]:
    """Return the events of three days."""
    plan = Plan(
        first=FIRST, last=LAST, meshes=MESHES, events=events, users=40, enriched=True, zone=zone
    )
    return [event for day in days_between(FIRST, LAST) for event in day_of_events(plan, day, 0.5)]


def record(
    db: sqlite3.Connection, events: Iterable[UsageEvent], *, synthetic: bool = False
) -> None:
    """Store events as the supervisor does."""
    with transaction(db):
        partitions.append(db, Names(db), list(events), mark=int(synthetic))


def run(
    path: Path,
    progress: Callable[[float, str], None] = quiet,
    elsewhere: Elsewhere | None = None,
    **wanted: Any,
) -> Outcome:
    """Aggregate."""
    return aggregate(path, Wanted(**{"zone": UTC, **wanted}), progress, elsewhere)


def statistics(db: sqlite3.Connection) -> dict[str, list[tuple[Any, ...]]]:
    """Return all that there is but events."""
    return {
        table: db.execute(f"SELECT * FROM {table} ORDER BY 1, 2, 3, 4").fetchall()
        if table not in {"changed", "bookmarks"}
        else db.execute(f"SELECT * FROM {table}").fetchall()
        for table in TABLES
    }


def totals(db: sqlite3.Connection) -> list[tuple[int, int, str, int]]:
    """Return what a chart reads."""
    return db.execute("SELECT mesh, kind, day, count FROM daily_totals ORDER BY 1, 2, 3").fetchall()


def summed(db: sqlite3.Connection) -> list[tuple[int, int, str, int]]:
    """Return what the totals have to be."""
    return db.execute(
        "SELECT mesh, kind, day, sum(count) FROM daily_counts GROUP BY 1, 2, 3 ORDER BY 1, 2, 3"
    ).fetchall()


def counted(db: sqlite3.Connection, mesh: str = "") -> Counter[tuple[str, int]]:
    """Return what statistics say, by day and kind."""
    rows = db.execute(
        "SELECT day, kind, sum(count) FROM daily_counts WHERE mesh = "
        "coalesce((SELECT id FROM meshes WHERE text = ?), 0) GROUP BY 1, 2",
        (mesh,),
    )
    return Counter({(day, kind): count for day, kind, count in rows})
