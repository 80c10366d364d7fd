"""Joins that were never seen: a user who has done something in a mesh has come there one day.

A bot that comes into a room sees who is there, and not when they came.  For each user of a mesh of
whom no join is recorded there is one made, in the hour in which they were seen first, and marked.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol

from meshvisor.features.statistics.aggregation.elsewhere import moved_kinds
from meshvisor.features.statistics.model.kinds import BACKFILLED, SYNTHETIC, Kind
from meshvisor.features.statistics.store import partitions
from meshvisor.features.statistics.store.database import transaction
from meshvisor.features.statistics.store.lock import only_one
from meshvisor.features.statistics.store.names import FORGOTTEN, Names, removals_of
from meshvisor.features.statistics.store.partitions import UsageEvent

Progress = Callable[[float, str], None]


class Elsewhere(Protocol):
    """A store to which months were moved."""

    def mesh_users(self, month: str) -> Iterator[tuple[str, str, int, int]]:
        """Yield mesh, user, hour and kind of events that are not synthetic.

        Raises:
            MeshvisorError: the store does not answer.
        """


def only_backfill(database: Path) -> AbstractContextManager[None]:
    """Be the only one that makes joins of this database: two would each make the same ones.

    Raises:
        ConflictError: another one is under way.
    """
    return only_one(
        database.with_suffix(".backfill"),
        "another 'meshvisor stats generate-community-events' of this home is under way; start "
        "this one when it has ended",
    )


def backfill(
    db: sqlite3.Connection,
    meshes: Sequence[str],
    people: Sequence[str],
    progress: Progress,
    elsewhere: Elsewhere | None = None,
) -> int:
    """Make the joins that are missing; return how many.  Done again, it makes none.

    Args:
        db: outside of a transaction; `only_backfill` is held.
        meshes: only these; empty: all.
        people: only these, by the names under which they are recorded; empty: all.
        progress: called with percents and what is being done.
        elsewhere: where months are that were moved; None: none were.

    Raises:
        MeshvisorError: what was moved cannot be read; joins could be made that are there.
    """
    names = Names(db)
    while True:
        removals = removals_of(db)
        missing = _missing(db, meshes, people, progress, elsewhere)
        # Written at the end alone: no other process could write during minutes of reading.
        with transaction(db):
            if removals_of(db) != removals:
                continue  # a user who was forgotten must not come back
            if missing:
                partitions.append(db, names, missing, mark=BACKFILLED)
        progress(100, f"Joins: {len(missing):,}")
        return len(missing)


# Private


def _missing(
    db: sqlite3.Connection,
    meshes: Sequence[str],
    people: Sequence[str],
    progress: Progress,
    elsewhere: Elsewhere | None,
) -> list[UsageEvent]:
    """Return a join for each user of a mesh without one, in the hour in which they came."""
    seen = _Seen()
    moved = () if elsewhere is None else moved_kinds(db)
    here = partitions.months(db)
    months = sorted({*here, *moved})
    where, values = _filter(meshes, people)
    for number, month in enumerate(months):
        progress(90 * number / len(months), f"Month {month}")
        if month in here:
            rows = db.execute(
                f"SELECT m.text, p.text, min(hour), max(kind = {int(Kind.JOIN)}) "
                f"FROM {partitions.table_of(month)} u JOIN meshes m ON m.id = mesh "
                f"JOIN people p ON p.id = person WHERE synthetic <> {SYNTHETIC} "
                f"AND p.text NOT GLOB '{FORGOTTEN}*'{where} GROUP BY mesh, person",
                values,
            )
            for mesh, person, hour, has_joined in rows:
                seen.add((mesh, person), hour, has_joined=bool(has_joined))
        if elsewhere is not None and month in moved:
            for mesh, person, hour, kind in elsewhere.mesh_users(month):
                if (not meshes or mesh in meshes) and (not people or person in people):
                    seen.add((mesh, person), hour, has_joined=kind == Kind.JOIN)
    return [
        UsageEvent(hour, mesh, person, Kind.JOIN, "", 1)
        for (mesh, person), hour in sorted(seen.first.items(), key=lambda item: item[1])
        if (mesh, person) not in seen.joined
    ]


class _Seen:
    """When users of meshes were seen first, and of whom a join was."""

    def __init__(self) -> None:
        self.first: dict[tuple[str, str], int] = {}
        self.joined: set[tuple[str, str]] = set()

    def add(self, who: tuple[str, str], hour: int, *, has_joined: bool) -> None:
        self.first[who] = min(hour, self.first.get(who, hour))
        if has_joined:
            self.joined.add(who)


def _filter(meshes: Sequence[str], people: Sequence[str]) -> tuple[str, list[str]]:
    where = ""
    for column, texts in (("m.text", meshes), ("p.text", people)):
        if texts:
            where += f" AND {column} IN ({', '.join('?' * len(texts))})"
    return where, [*meshes, *people]
