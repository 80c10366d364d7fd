"""Counting events that were moved to another store, together with what has come here since.

Owns what aggregation asks of such a store.  Does not own any store, nor loads a driver of one.
"""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple, Protocol

from meshvisor.features.statistics.aggregation.part import PERSON_BITS, Sums, without_person
from meshvisor.features.statistics.store.names import Names
from meshvisor.features.statistics.store.partitions import months, table_of

MOVED: Final = "moved"
"""State of a month that is not here any more."""


class EventElsewhere(NamedTuple):
    """An event as another store has it."""

    id: int
    hour: int
    mesh: str
    person: str
    kind: int
    name: str
    times: int


class Elsewhere(Protocol):
    """A store to which months were moved."""

    def read_hours(
        self, month: str, kinds: Sequence[int], hours: Sequence[int], meshes: Sequence[str]
    ) -> Iterator[EventElsewhere]:
        """Yield the events of some neighbouring hours; of all meshes if none is named.

        Raises:
            MeshvisorError: the store does not answer.
        """

    def hours(self, month: str, kinds: Sequence[int]) -> Iterable[int]:
        """Return the hours of which there are events.

        Raises:
            MeshvisorError: the store does not answer.
        """


def moved_kinds(db: sqlite3.Connection) -> dict[str, tuple[int, ...]]:
    """Return which kinds of events are elsewhere, by month."""
    found: defaultdict[str, set[int]] = defaultdict(set)
    rows = db.execute(
        "SELECT month, kinds FROM migrations WHERE state = ? AND direction = 'mongodb'", (MOVED,)
    )
    for month, kinds in rows:
        found[month].update(map(int, kinds.split(",")))
    return {month: tuple(sorted(kinds)) for month, kinds in found.items()}


def copied_already(
    db: sqlite3.Connection, month: str, kinds: Sequence[int], hours: Sequence[int]
) -> frozenset[int]:
    """Return the numbers of events that are here: they may be elsewhere, too, and count once."""
    if month not in months(db):
        return frozenset()
    listed = ", ".join(map(str, kinds))
    question = f"SELECT id FROM {table_of(month)} WHERE hour BETWEEN ? AND ? AND kind IN ({listed})"
    return frozenset(row[0] for row in db.execute(question, (hours[0], hours[-1])))


@dataclass(slots=True)
class SumsElsewhere:
    """What there was, in numbers of its own; it gets those of the database when it is written."""

    sums: Sums = field(default_factory=Sums)
    meshes: dict[str, int] = field(default_factory=dict)
    people: dict[str, int] = field(default_factory=lambda: {"": 0})
    names: dict[str, int] = field(default_factory=lambda: {"": 0})

    def add(self, events: Iterable[EventElsewhere], without: frozenset[int]) -> None:
        """Count events, except some numbers."""
        people: defaultdict[int, int] = defaultdict(int, self.sums.people)
        names: defaultdict[tuple[int, int], int] = defaultdict(int, self.sums.names)
        hours: defaultdict[tuple[int, int], int] = defaultdict(int, self.sums.hours)
        for number, hour, mesh_text, person_text, kind, name_text, times in events:
            if number in without:
                continue
            mesh = self.meshes.setdefault(mesh_text, len(self.meshes) + 1)
            person = self.people.setdefault(person_text, len(self.people))
            name = self.names.setdefault(name_text, len(self.names))
            key = (mesh << PERSON_BITS | person) << 3 | kind
            people[key] += times
            hours[hour, without_person(key)] += times
            if name:
                names[without_person(key), name] += times
            self.sums.events += 1
        self.sums.people, self.sums.names = dict(people), dict(names)
        self.sums.hours = dict(hours)

    def in_numbers_of(self, db: sqlite3.Connection) -> Sums:
        """Return the same in the numbers of a database; within a transaction."""
        names = Names(db)
        meshes = {number: names.mesh(text) for text, number in self.meshes.items()}
        people = {number: names.person(text) for text, number in self.people.items()}
        called = {number: names.name(text) for text, number in self.names.items()}
        return Sums(
            hours={
                (hour, _place(place, meshes)): count
                for (hour, place), count in self.sums.hours.items()
            },
            people={
                (meshes[key >> 35] << PERSON_BITS | people[key >> 3 & 0xFFFFFFFF]) << 3
                | key & 7: count
                for key, count in self.sums.people.items()
            },
            names={
                (_place(place, meshes), called[name]): count
                for (place, name), count in self.sums.names.items()
            },
            events=self.sums.events,
        )


# Private


def _place(place: int, meshes: Mapping[int, int]) -> int:
    return meshes[place >> 3] << 3 | place & 7
