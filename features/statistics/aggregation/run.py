"""Aggregating: from events of usage to statistics of days.

Steps: which days have changed (or are asked for); for each of them, count its parts in the pool,
and write it in one transaction; at the end, count new users.  Killed at any moment, it goes on with
what is not written; done twice, nothing changes.
"""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, nullcontext
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from itertools import groupby
from pathlib import Path
from zoneinfo import ZoneInfo

from meshvisor.features.statistics.aggregation.day import DayToWrite, count_new_users, write_day
from meshvisor.features.statistics.aggregation.elsewhere import (
    Elsewhere,
    SumsElsewhere,
    copied_already,
    moved_kinds,
)
from meshvisor.features.statistics.aggregation.part import Part, PartCounter, Sums
from meshvisor.features.statistics.aggregation.pool import ForkPool
from meshvisor.features.statistics.model.days import (
    day_of,
    hours_of,
    hours_of_month,
    month_of,
)
from meshvisor.features.statistics.store import partitions
from meshvisor.features.statistics.store.database import explained, open_database, transaction
from meshvisor.features.statistics.store.names import removals_of
from meshvisor.shared.errors import MeshvisorError, MissingError

log = logging.getLogger(__name__)

HOURS = 2
"""Hours of a part: a day is twelve of them, and one that is lost is not much."""

Progress = Callable[[float, str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is to be aggregated."""

    zone: ZoneInfo
    meshes: tuple[str, ...] = ()
    """Only these; empty: all, and all together."""
    start: date | None = None
    end: date | None = None
    force: bool = False
    """Also days of which nothing has changed."""
    ignore_bookmark: bool = False
    """Begin with the first day, also where a run with `force` was not finished."""
    workers: int = 1

    @property
    def is_every_day(self) -> bool:
        """Whether days are done of which nothing has changed: these runs have a bookmark.

        The others need none: each day that they write has no mark any more.
        """
        return self.force or bool(self.meshes)

    @property
    def bookmark(self) -> str:
        """What is being done, for going on with it."""
        return " ".join([str(self.start), str(self.end), *sorted(self.meshes)])


@dataclass(slots=True)
class Outcome:
    """What was done."""

    days: int = 0
    events: int = 0
    resumed_after: date | None = None
    """The day to which an earlier run had come, behind which this one went on."""
    skipped: list[date] = field(default_factory=list)
    """Days that were left out, because their events are in another store."""
    reason: str = ""
    """Why they could not be read there; empty: no server is named."""


def aggregate(
    path: Path, wanted: Wanted, progress: Progress, elsewhere: Elsewhere | None = None
) -> Outcome:
    """Aggregate.

    Args:
        path: of the database.
        wanted: what.
        progress: called with percents and what is being done.
        elsewhere: where months are that were moved; None: their days are left out.

    Raises:
        MissingError: one of the meshes has never been recorded.
        MeshvisorError: the database cannot be used, or a process of the pool has failed.
    """
    size = wanted.workers if wanted.workers > 1 else 0
    counter = PartCounter(path)
    with (
        explained(path),
        closing(counter),
        ForkPool(counter, size) if size else nullcontext() as pool,
    ):
        count = partial(map, counter) if pool is None else pool.run
        return _Run(path, wanted, count, elsewhere).all_days(progress)


class _Run:
    """One aggregation.

    No connection is open while the pool works: it forks in place of a process that has died, and
    SQLite does not bear that.
    """

    def __init__(
        self,
        path: Path,
        wanted: Wanted,
        count: Callable[[Sequence[Part]], Iterable[Sums]],
        elsewhere: Elsewhere | None,
    ) -> None:
        self._path = path
        self._wanted = wanted
        self._count = count
        self._elsewhere = elsewhere
        self._outcome = Outcome()
        self._moved: dict[str, tuple[int, ...]] = {}
        self._meshes: tuple[int, ...] = ()

    def all_days(self, progress: Progress) -> Outcome:
        """Write all days that have to be, and count new users."""
        outcome, wanted = self._outcome, self._wanted
        with closing(open_database(self._path)) as db:
            self._moved = moved_kinds(db)
            self._meshes = tuple(_mesh_number(db, mesh) for mesh in wanted.meshes)
            _take_zone(db, wanted.zone, self._moved)
            days = self._days(db)
        for number, day in enumerate(days):
            shown = f"Day {day} ({number + 1} of {len(days)})"
            begin, share = 99 * number / len(days), 99 / len(days)
            progress(begin, shown)
            try:
                events = self._write(day, lambda part: progress(begin + share * part, shown))  # noqa: B023
            except _ElsewhereError as error:
                log.warning("%s is left out: its events are in another store%s", day, error)
                outcome.skipped.append(day)
                continue
            log.info("%s: %d events", day, events)
            outcome.days += 1
            outcome.events += events
        progress(99, "Counting new users")
        with closing(open_database(self._path)) as db:
            count_new_users(db)
            if wanted.is_every_day:
                _remove_bookmark(db, wanted)
        progress(100, f"{outcome.days} days")
        return outcome

    # Private

    def _days(self, db: sqlite3.Connection) -> list[date]:
        """Return the days that have to be written, oldest first."""
        wanted, zone = self._wanted, self._wanted.zone
        days = {day_of(hour, zone) for (hour,) in db.execute("SELECT hour FROM changed")}
        if wanted.is_every_day:
            done = self._take_bookmark(db)
            every = {day_of(hour, zone) for hour in partitions.recorded_hours(db)}
            every |= self._days_elsewhere(db)
            # Marks stay where only some meshes are written: they say nothing of what was done.
            before = set() if wanted.meshes else days
            days = {day for day in every | days if day > done or day in before}
        return sorted(day for day in days if self._fits(day))

    def _take_bookmark(self, db: sqlite3.Connection) -> date:
        """Return the last day that an earlier run of the same has written, else the first of all.

        One that is not wanted goes before the first day is written.
        """
        wanted = self._wanted
        if wanted.ignore_bookmark:
            _remove_bookmark(db, wanted)
        query = "SELECT day FROM bookmarks WHERE what = ?"
        row = db.execute(query, (wanted.bookmark,)).fetchone()
        if row is None:
            return date.min
        self._outcome.resumed_after = date.fromisoformat(row[0])
        log.info("an earlier run has come to %s; it goes on behind that", row[0])
        return self._outcome.resumed_after

    def _days_elsewhere(self, db: sqlite3.Connection) -> set[date]:
        """Return the days of what is in another store, as that says; else those once written."""
        zone = self._wanted.zone
        days: set[date] = set()
        if self._elsewhere is not None:
            try:
                for month, kinds in self._moved.items():
                    days |= {day_of(hour, zone) for hour in self._elsewhere.hours(month, kinds)}
            except MeshvisorError as error:
                self._outcome.reason = str(error)
            else:
                return days
        written = db.execute("SELECT DISTINCT day FROM daily_counts").fetchall()
        return {
            day
            for day in (date.fromisoformat(text) for (text,) in written)
            if not self._moved.keys().isdisjoint(map(month_of, hours_of(day, zone)))
        }

    def _fits(self, day: date) -> bool:
        wanted = self._wanted
        return (wanted.start or date.min) <= day <= (wanted.end or date.max)

    def _write(self, day: date, report: Callable[[float], None]) -> int:
        """Count a day and write it; return how many events there were.

        Raises:
            _ElsewhereError: some of it is in another store, which does not answer.
        """
        wanted = self._wanted
        hours = hours_of(day, wanted.zone)
        while True:
            with closing(open_database(self._path)) as db:
                what = DayToWrite(
                    day=day,
                    zone=wanted.zone,
                    marks=_marks(db, hours),
                    meshes=self._meshes,
                    bookmark=wanted.bookmark if wanted.is_every_day else "",
                    removals=removals_of(db),
                )
                parts = list(_parts(db, hours, self._meshes))
                there = self._count_elsewhere(db, hours)
            sums = Sums()
            for done, one in enumerate(self._count(parts), 1):
                sums.add(one)
                report(done / len(parts))
            with closing(open_database(self._path)) as db:
                if write_day(db, what, sums, there):
                    return sums.events

    def _count_elsewhere(self, db: sqlite3.Connection, hours: range) -> SumsElsewhere | None:
        """Count what is in another store; None: nothing of these hours is."""
        months = [(month, tuple(some)) for month, some in groupby(hours, month_of)]
        moved = [
            (month, some, self._moved[month]) for month, some in months if month in self._moved
        ]
        if not moved:
            return None
        if self._elsewhere is None or self._outcome.reason:
            raise _ElsewhereError
        found = SumsElsewhere()
        try:
            for month, some, kinds in moved:
                events = self._elsewhere.read_hours(month, kinds, some, self._wanted.meshes)
                found.add(events, copied_already(db, month, kinds, some))
        except MeshvisorError as error:
            # The others are not tried: each would wait for the server as long.
            self._outcome.reason = str(error)
            raise _ElsewhereError(f": {error}") from error
        return found


# Private


def _remove_bookmark(db: sqlite3.Connection, wanted: Wanted) -> None:
    db.execute("DELETE FROM bookmarks WHERE what = ?", (wanted.bookmark,))


class _ElsewhereError(Exception):
    """Events of a day are in another store and cannot be read there."""


def _mesh_number(db: sqlite3.Connection, mesh_id: str) -> int:
    row = db.execute("SELECT id FROM meshes WHERE text = ?", (mesh_id,)).fetchone()
    if row is None:
        raise MissingError(
            f"nothing is recorded of a mesh {mesh_id!r}; 'meshvisor stats top meshes' shows those "
            "of which something is"
        )
    return int(row[0])


def _marks(db: sqlite3.Connection, hours: range) -> dict[int, int]:
    question = "SELECT hour, id FROM changed WHERE hour BETWEEN ? AND ?"
    return dict(db.execute(question, (hours[0], hours[-1])).fetchall())


def _take_zone(db: sqlite3.Connection, zone: ZoneInfo, moved: Iterable[str]) -> None:
    """Have all days written again if they are meant in another zone from now on."""
    row = db.execute("SELECT value FROM facts WHERE name = 'zone'").fetchone()
    if row is not None and row[0] == str(zone):
        return
    with transaction(db):
        if row is not None:
            log.info("days are those of %s from now on, and are all counted again", zone)
            hours = [(hour,) for hour in partitions.recorded_hours(db)]
            hours += [(hour,) for month in moved for hour in hours_of_month(month)]
            db.executemany("INSERT OR IGNORE INTO changed VALUES (?, 0)", hours)
        db.execute("INSERT OR REPLACE INTO facts VALUES ('zone', ?)", (str(zone),))


def _parts(db: sqlite3.Connection, hours: range, meshes: tuple[int, ...]) -> Iterator[Part]:
    known = set(partitions.months(db))
    for month, group in groupby(hours, month_of):
        if month in known:
            those = tuple(group)
            for first in range(0, len(those), HOURS):
                yield Part(month, those[first : first + HOURS], meshes)
