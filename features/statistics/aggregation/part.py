"""Counting a part of a day: some hours of one partition, in a process of the pool."""

from __future__ import annotations

import logging
import sqlite3
import time
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from meshvisor.features.statistics.store.database import explained, open_database
from meshvisor.features.statistics.store.partitions import table_of

log = logging.getLogger(__name__)

PERSON_BITS: Final = 32

_QUERY: Final = """
SELECT (mesh << 35) | (person << 3) | kind, name, count FROM {table}
WHERE hour BETWEEN ? AND ?{only}
"""
"""One number for three: a row is then counted by one look into a dictionary."""


@dataclass(frozen=True, slots=True)
class Part:
    """Which events are to be counted."""

    month: str
    hours: tuple[int, ...]
    """Neighbours, in order."""
    meshes: tuple[int, ...] = ()
    """Only these; empty: all."""


@dataclass(slots=True)
class Sums:
    """What there was."""

    hours: dict[tuple[int, int], int] = field(default_factory=dict)
    """By hour, and by mesh and kind (`mesh << 3 | kind`)."""
    people: dict[int, int] = field(default_factory=dict)
    """By mesh, person and kind: `mesh << 35 | person << 3 | kind`."""
    names: dict[tuple[int, int], int] = field(default_factory=dict)
    """By mesh and kind, and by name."""
    events: int = 0

    def add(self, other: Sums) -> None:
        """Add those of another part."""
        for mine, theirs in (
            (self.hours, other.hours),
            (self.people, other.people),
            (self.names, other.names),
        ):
            if not mine:
                mine.update(theirs)  # type: ignore[arg-type]
                continue
            for key, count in theirs.items():
                mine[key] = mine.get(key, 0) + count  # type: ignore[index,arg-type]
        self.events += other.events


def without_person(key: int) -> int:
    """Return the mesh and the kind of a key of `Sums.people`."""
    return key >> 35 << 3 | key & 7


class PartCounter:
    """Counts parts of one database; the process that does it has a connection of its own.

    Args:
        path: of the database.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._db: sqlite3.Connection | None = None
        """Opened when it is needed first, behind the fork, and kept: who closes the last connection
        has SQLite write all to the main file."""

    def __call__(self, part: Part) -> Sums:
        """Return the sums of a part.

        Raises:
            MeshvisorError: the database cannot be read.
        """
        if self._db is None:
            self._db = open_database(self._path, only_read=True)
        with explained(self._path):
            return _count(self._db, part)

    def close(self) -> None:
        """Close the connection of this process; idempotent."""
        if self._db is not None:
            self._db.close()
            self._db = None


# Private


def _count(db: sqlite3.Connection, part: Part) -> Sums:
    began, sums = time.monotonic(), Sums()
    only = f" AND mesh IN ({', '.join(map(str, part.meshes))})" if part.meshes else ""
    query = _QUERY.format(table=table_of(part.month), only=only)
    people: defaultdict[int, int] = defaultdict(int)
    names: defaultdict[tuple[int, int], int] = defaultdict(int)
    for hour in part.hours:
        here: defaultdict[int, int] = defaultdict(int)
        events = 0
        for key, name, times in db.execute(query, (hour, hour)):
            here[key] += times
            if name:
                names[key >> 35 << 3 | key & 7, name] += times
            events += 1
        for key, times in here.items():
            people[key] += times
            place = hour, without_person(key)
            sums.hours[place] = sums.hours.get(place, 0) + times
        sums.events += events
    sums.people, sums.names = dict(people), dict(names)
    spent = time.monotonic() - began
    log.debug("%d events of %d hours counted in %.1f s", sums.events, len(part.hours), spent)
    return sums
