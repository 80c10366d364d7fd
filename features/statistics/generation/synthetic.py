"""Synthetic usage: plausible data for trying things out, marked, and removable as a whole.

Owns what it is like: meshes of different size, evenings and weekends, growth, a few users who talk
much and many who hardly do.  The same seed makes the same data.
"""

from __future__ import annotations

import random
import sqlite3
from bisect import bisect
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import accumulate
from typing import Final, Protocol
from zoneinfo import ZoneInfo

from meshvisor.features.statistics.model.days import days_between, hours_of
from meshvisor.features.statistics.model.kinds import SYNTHETIC, Kind
from meshvisor.features.statistics.store import partitions
from meshvisor.features.statistics.store.database import QUERIES, transaction
from meshvisor.features.statistics.store.names import Names
from meshvisor.features.statistics.store.partitions import UsageEvent

BY_CLOCK: Final = (4, 2, 1, 1, 1, 1, 2, 4, 6, 7, 7, 8, 9, 8, 8, 8, 9, 11, 14, 18, 20, 19, 14, 8)
"""How much happens from midnight on, hour by hour."""

BY_WEEKDAY: Final = (0.9, 0.85, 0.9, 0.95, 1.1, 1.3, 1.2)
"""From Monday on."""

COMMANDS: Final = {"ping": 9, "play": 7, "queue": 5, "help": 3, "skip": 3, "about": 1}
"""How often each is used."""

GROWTH: Final = 1.5
"""What the last day has in place of what the first one has."""

Progress = Callable[[float, str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is to be made."""

    first: date
    last: date
    meshes: tuple[str, ...]
    events: int
    """Of a mesh of middle size on a day."""
    users: int
    enriched: bool
    """Whether there are joins, leaves and errors beside messages and commands."""
    zone: ZoneInfo
    seed: int = 0

    @property
    def bookmark(self) -> str:
        """What is being done, for going on with it."""
        shown = f"{self.first} {self.last} {self.events} {self.users} {self.enriched} {self.seed}"
        return f"generate {shown} {' '.join(self.meshes)}"


def generate(db: sqlite3.Connection, plan: Plan, progress: Progress) -> int:
    """Make the events of a plan, day by day; return how many rows there are of them.

    Killed, it goes on behind the last day that is there when it is started again.
    """
    days = list(days_between(plan.first, plan.last))
    row = db.execute("SELECT day FROM bookmarks WHERE what = ?", (plan.bookmark,)).fetchone()
    done = date.fromisoformat(row[0]) if row else None
    names, made = Names(db), 0
    for number, day in enumerate(days):
        if done is not None and day <= done:
            continue
        progress(100 * number / len(days), f"Day {day} ({number + 1} of {len(days)})")
        events = day_of_events(plan, day, number / max(1, len(days) - 1))
        with transaction(db):
            if events:
                partitions.append(db, names, events, mark=SYNTHETIC)
            values = (plan.bookmark, day.isoformat())
            db.execute("INSERT OR REPLACE INTO bookmarks VALUES (?, ?)", values)
        made += len(events)
    db.execute("DELETE FROM bookmarks WHERE what = ?", (plan.bookmark,))
    progress(100, f"{made:,} events")
    return made


def day_of_events(plan: Plan, day: date, share: float) -> list[UsageEvent]:
    """Return the events of a day; `share` of the time from the first to the last has passed."""
    rng = random.Random(f"{plan.seed} {day}")
    hours = list(hours_of(day, plan.zone))
    clock = list(accumulate(BY_CLOCK[number % 24] for number in range(len(hours))))
    counts: Counter[tuple[int, str, str, int, str]] = Counter()
    for place, mesh_id in enumerate(plan.meshes):
        size = 2 / (1 + place) ** 0.7
        mean = plan.events * size * BY_WEEKDAY[day.weekday()] * (1 + (GROWTH - 1) * share)
        for _ in range(round(mean * rng.uniform(0.7, 1.3))):
            hour = hours[bisect(clock, rng.random() * clock[-1])]
            user = f"synthetic-{_user(rng, plan.users, place)}"
            kind, name = _kind(rng, enriched=plan.enriched)
            counts[hour, mesh_id, user, kind, name] += 1 + int(rng.expovariate(1))
    return [UsageEvent(*key, count) for key, count in sorted(counts.items())]


class Elsewhere(Protocol):
    """A store to which months were moved."""

    def synthetic_hours(self, month: str) -> list[int]:
        """Return the hours in which there are synthetic events."""

    def remove_synthetic(self, month: str) -> int:
        """Remove synthetic events; return how many there were."""


def remove(db: sqlite3.Connection, progress: Progress, elsewhere: Elsewhere | None = None) -> int:
    """Remove all synthetic events and mark their hours; return how many there were.

    Args:
        db: outside of a transaction.
        progress: called with percents and what is being done.
        elsewhere: where months are that were moved or copied; None: none were.

    Raises:
        MeshvisorError: what was moved cannot be removed.
    """
    months = partitions.months(db)
    copied = _copied(db) if elsewhere is not None else []
    removed, steps = 0, len(months) + len(copied)
    for number, month in enumerate(copied):
        progress(100 * number / steps, f"Month {month} in MongoDB")
        assert elsewhere is not None
        hours = elsewhere.synthetic_hours(month)
        if hours:
            # Before they go: killed in between, their days are counted again all the same.
            with transaction(db):
                _mark(db, hours)
            removed += elsewhere.remove_synthetic(month)
    for number, month in enumerate(months, len(copied)):
        progress(100 * number / steps, f"Month {month}")
        table = partitions.table_of(month)
        where = f"WHERE synthetic = {SYNTHETIC}"
        with transaction(db):
            found = db.execute(f"SELECT DISTINCT hour FROM {table} {where}").fetchall()
            if found:
                _mark(db, [hour for (hour,) in found])
                removed += db.execute(f"DELETE FROM {table} {where}").rowcount
    with transaction(db):
        db.execute("DELETE FROM bookmarks WHERE what GLOB 'generate *'")
    return removed


# Private


def _copied(db: sqlite3.Connection) -> list[str]:
    rows = db.execute("SELECT DISTINCT month FROM migrations WHERE direction = 'mongodb'")
    return sorted(month for (month,) in rows)


def _mark(db: sqlite3.Connection, hours: Sequence[int]) -> None:
    (mark,) = db.execute(QUERIES["take_ids"], {"count": 1}).fetchone()
    db.executemany(QUERIES["mark"], ((hour, mark) for hour in hours))


def _user(rng: random.Random, users: int, place: int) -> int:
    """Return the number of a user: few are there often, and each mesh has others."""
    return (int(rng.paretovariate(0.9)) + place * 7) % users


def _kind(rng: random.Random, *, enriched: bool) -> tuple[int, str]:
    drawn = rng.random()
    if enriched and drawn < 0.16:
        return (Kind.JOIN if drawn < 0.08 else Kind.LEAVE), ""
    if drawn < 0.75:
        return Kind.MESSAGE, ""
    name = _command(rng)
    if enriched and drawn > 0.99:
        return Kind.ERROR, name
    return Kind.COMMAND, name


def _command(rng: random.Random, names: Sequence[str] = tuple(COMMANDS)) -> str:
    return rng.choices(names, list(COMMANDS.values()))[0]
