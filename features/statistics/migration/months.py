"""Moving months in batches, each compared when it has arrived: no event is lost or there twice.

Owns how far each month is (`migrations`).  An event has the same number here and there, so that a
batch which is sent again after a crash changes nothing.  What is removed here was compared there.
"""

from __future__ import annotations

import hashlib
import sqlite3
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import psutil

from meshvisor.features.statistics.aggregation.elsewhere import MOVED
from meshvisor.features.statistics.migration.mongo import MongoEvents
from meshvisor.features.statistics.model.kinds import Kind
from meshvisor.features.statistics.store import partitions
from meshvisor.features.statistics.store.database import QUERIES, transaction
from meshvisor.features.statistics.store.names import FORGOTTEN, Names
from meshvisor.shared.errors import MeshvisorError

TO_MONGODB: Final = "mongodb"
TO_SQLITE: Final = "sqlite"

COPYING, COPIED = "copying", "copied"
"""States of a month: some of it is there, or all of it; `MOVED`: and it is not here any more."""

MODULUS: Final = 2**64

Progress = Callable[[float, str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class How:
    """How months are moved."""

    to: str = TO_MONGODB
    kinds: tuple[int, ...] = tuple(Kind)
    batch_size: int = 5000
    max_memory_percent: float = 90
    """Of the machine's memory; where more is used nothing more is moved for now."""
    max_batches: int | None = None
    """After which it stops; None: at the end."""
    delete_old: bool = False
    """Whether what has arrived is removed where it was."""

    @property
    def key(self) -> str:
        """The kinds, for the table."""
        return ",".join(str(int(kind)) for kind in sorted(self.kinds))


@dataclass(slots=True)
class Outcome:
    """What was done."""

    months: int = 0
    """Those that are finished."""
    events: int = 0
    stopped: str = ""
    """Why it has stopped before the end; empty: it has not."""


@dataclass(slots=True)
class Cursor:
    """How far a pass over a month is."""

    hour: int = -1
    id: int = 0
    """Of the last event that was copied."""
    moved: int = 0
    digest: int = 0
    """Sum of the hashes of what was copied (`hash_of`)."""


class Migration:
    """Moves months between a database and a server.

    Args:
        db: outside of a transaction.
        mongo: the server.
        how: how.
    """

    def __init__(self, db: sqlite3.Connection, mongo: MongoEvents, how: How) -> None:
        self._db = db
        self._mongo = mongo
        self._how = how
        self._names = Names(db)
        self._batches = 0
        self._state = COPYING
        """Of the month that is being moved."""
        self._is_news = False
        """Whether this database has never had the events that come back: then they are in no
        statistics either."""

    def run(self, months: Sequence[str], progress: Progress) -> Outcome:
        """Move months, oldest first; killed, it goes on where it was when it is started again.

        Raises:
            MeshvisorError: the server is gone, or an event is another one there.
        """
        outcome = Outcome()
        move = self._to_mongodb if self._how.to == TO_MONGODB else self._to_sqlite
        for number, month in enumerate(months):
            share = 100 / len(months)
            progress(number * share, f"Month {month}")
            total = max(1, self._total(month))
            cursor = self._begin(month)
            while not (stopped := self._reason_to_stop()):
                if done := move(month, cursor):
                    outcome.events += done
                    task = f"Month {month}: {cursor.moved:,}"
                    progress((number + min(1, cursor.moved / total)) * share, task)
                else:
                    outcome.events += self._finish(month, cursor)
                    outcome.months += 1
                    break
            if stopped:
                outcome.stopped = stopped
                return outcome
        progress(100, f"{outcome.events:,} events")
        return outcome

    # Private, about batches

    def _to_mongodb(self, month: str, cursor: Cursor) -> int:
        """Copy a batch; return how many there were."""
        how = self._how
        rows = partitions.read_behind(
            self._db, month, cursor.hour, cursor.id, how.kinds, how.batch_size
        )
        if not rows:
            return 0
        documents = self._as_documents(rows)
        self._mongo.insert(month, documents)
        arrived = self._mongo.find(month, [row[1] for row in rows])
        digest = _compare(month, documents, arrived)
        cursor.hour, cursor.id = rows[-1][:2]
        cursor.moved += len(rows)
        cursor.digest = (cursor.digest + digest) % MODULUS
        self._save(month, self._state, cursor)
        return len(rows)

    def _to_sqlite(self, month: str, cursor: Cursor) -> int:
        how = self._how
        documents = self._mongo.read_behind(month, cursor.id, how.kinds, how.batch_size)
        if not documents:
            return 0
        try:
            with transaction(self._db):
                self._names.renew()
                rows = [self._as_row(document) for document in documents]
                partitions.insert(self._db, month, rows)
                if self._is_news:
                    marks = {row[0]: row[1] for row in rows}
                    self._db.executemany(QUERIES["mark"], marks.items())
                digest = _compare(month, documents, self._as_documents(self._read(month, rows)))
                cursor.id = int(documents[-1]["_id"])
                cursor.moved += len(rows)
                cursor.digest = (cursor.digest + digest) % MODULUS
                # Numbers are not given twice, also if this database is a new one.
                self._db.execute(
                    "UPDATE facts SET value = max(value, ? + 1) WHERE name = 'next_id'",
                    (cursor.id,),
                )
                self._save(month, COPYING, cursor)
        except BaseException:
            self._names.forget()
            raise
        return len(rows)

    def _read(self, month: str, rows: Sequence[Sequence[int]]) -> list[tuple[int, ...]]:
        table = partitions.table_of(month)
        found: list[tuple[int, ...]] = []
        for row in rows:
            found += self._db.execute(
                f"SELECT * FROM {table} WHERE hour = ? AND id = ?", row[:2]
            ).fetchall()
        return found

    def _as_documents(self, rows: Iterable[Sequence[int]]) -> list[dict[str, Any]]:
        texts = _Texts(self._db)
        return [
            {
                "_id": number,
                "hour": hour,
                "mesh": texts.of("meshes", mesh),
                "user": texts.of("people", person),
                "kind": kind,
                "name": texts.of("names", name),
                "count": count,
                "synthetic": synthetic,
            }
            for hour, number, mesh, person, kind, name, count, synthetic in rows
        ]

    def _as_row(self, document: Mapping[str, Any]) -> tuple[int, ...]:
        return (
            int(document["hour"]),
            int(document["_id"]),
            self._names.mesh(document["mesh"]),
            self._names.person(document["user"]),
            int(document["kind"]),
            self._names.name(document["name"]),
            int(document["count"]),
            int(document["synthetic"]),
        )

    # Private, about months

    def _begin(self, month: str) -> Cursor:
        """Return the cursor from which a month goes on."""
        row = self._db.execute(
            "SELECT hour, id, moved, hash, state FROM migrations WHERE what = ? AND state <> ?",
            (self._what(month), COPIED),
        ).fetchone()
        cursor = Cursor() if row is None else Cursor(row[0], row[1], row[2], int(row[3]))
        # What has come since a month was moved is copied behind it, and it stays moved meanwhile.
        self._state = COPYING if row is None else str(row[4])
        if self._how.to == TO_SQLITE:
            question = "SELECT count(*) FROM migrations WHERE month = ? AND direction = ?"
            known = self._db.execute(question, (month, TO_MONGODB)).fetchone()
            self._is_news = not known[0]
            return cursor
        # Before the month is written down: one without contact is known to be nowhere else.
        self._mongo.index(month)
        with transaction(self._db):
            self._db.execute(
                f"INSERT OR {'REPLACE' if row is None else 'IGNORE'} INTO facts "
                "SELECT ?, value FROM facts WHERE name = 'next_id'",
                (self._since(month),),
            )
            self._save(month, self._state, cursor)
        return cursor

    def _finish(self, month: str, cursor: Cursor) -> int:
        """Finish a month, and remove what has arrived if that is wanted.

        Returns how many events were copied that have come meanwhile.
        """
        how = self._how
        if how.to == TO_SQLITE:
            with transaction(self._db):
                self._are_back(month, cursor)
                self._save(month, COPIED, cursor)
            if how.delete_old:
                self._mongo.delete(month, how.kinds)
            return 0
        late = self._copy_late(month, cursor)
        with transaction(self._db):
            # No event is added from here on until those that were copied are gone.
            late += self._copy_late(month, cursor)
            here = self._count(month)
            if self._mongo.count(month, how.kinds) < here:
                raise MeshvisorError(
                    f"MongoDB has not all events of {month} that were copied; nothing was removed. "
                    "Remove that collection there, and start the same command again"
                )
            if how.delete_old:
                self._remove(month)
                self._state = MOVED
                cursor.hour, cursor.id = -1, 0  # behind it there is nothing any more
            self._save(month, MOVED if self._state == MOVED else COPIED, cursor)
            self._db.execute("DELETE FROM facts WHERE name = ?", (self._since(month),))
        return late

    def _are_back(self, month: str, cursor: Cursor) -> None:
        """Write down that kinds of a month are here again; others of it may still be elsewhere."""
        rows = self._db.execute(
            "SELECT what, kinds, state, moved, hash FROM migrations "
            "WHERE month = ? AND direction = ?",
            (month, TO_MONGODB),
        ).fetchall()
        for what, kinds, state, moved, digest in rows:
            rest = ",".join(kind for kind in kinds.split(",") if int(kind) not in self._how.kinds)
            if rest == kinds:
                continue
            if not rest or state != MOVED:
                self._db.execute("DELETE FROM migrations WHERE what = ?", (what,))
                continue
            self._db.execute(
                "UPDATE migrations SET what = ?, kinds = ?, moved = ?, hash = ? WHERE what = ?",
                (
                    f"{TO_MONGODB} {month} {rest}",
                    rest,
                    max(0, moved - cursor.moved),
                    str((int(digest) - cursor.digest) % MODULUS),
                    what,
                ),
            )

    def _copy_late(self, month: str, cursor: Cursor) -> int:
        """Copy events that have come since the copy began, wherever their hour is."""
        if month not in partitions.months(self._db):
            return 0
        rows = self._db.execute(
            f"SELECT * FROM {partitions.table_of(month)} WHERE kind IN ({self._how.key}) "
            "AND id >= (SELECT value FROM facts WHERE name = ?)",
            (self._since(month),),
        ).fetchall()
        there = {one["_id"] for one in self._mongo.find(month, [row[1] for row in rows])}
        missing = self._as_documents(row for row in rows if row[1] not in there)
        if missing:
            self._mongo.insert(month, missing)
            arrived = self._mongo.find(month, [one["_id"] for one in missing])
            cursor.digest = (cursor.digest + _compare(month, missing, arrived)) % MODULUS
            cursor.moved += len(missing)
        return len(missing)

    def _since(self, month: str) -> str:
        """Return where the number is kept that was the next one when a copy began."""
        return f"since {self._what(month)}"

    def _remove(self, month: str) -> None:
        table = partitions.table_of(month)
        kinds = self._how.key
        self._db.execute(f"DELETE FROM {table} WHERE kind IN ({kinds})")
        if self._db.execute(f"SELECT 1 FROM {table} LIMIT 1").fetchone() is None:
            partitions.drop(self._db, month)

    def _count(self, month: str) -> int:
        if month not in partitions.months(self._db):
            return 0
        question = (
            f"SELECT count(*) FROM {partitions.table_of(month)} WHERE kind IN ({self._how.key})"
        )
        return int(self._db.execute(question).fetchone()[0])

    def _total(self, month: str) -> int:
        if self._how.to == TO_MONGODB:
            return self._count(month)
        return self._mongo.count(month, self._how.kinds)

    def _reason_to_stop(self) -> str:
        how = self._how
        if how.max_batches is not None and self._batches >= how.max_batches:
            return f"{how.max_batches} batches are done"
        self._batches += 1
        used = psutil.virtual_memory().percent
        if used > how.max_memory_percent:
            return f"{used:.0f} % of the memory is in use"
        return ""

    def _what(self, month: str) -> str:
        return f"{self._how.to} {month} {self._how.key}"

    def _save(self, month: str, state: str, cursor: Cursor) -> None:
        how = self._how
        head = (self._what(month), how.to, month, how.key, state)
        tail = (cursor.hour, cursor.id, cursor.moved, str(cursor.digest), round(time.time()))
        self._db.execute(
            "INSERT OR REPLACE INTO migrations VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", head + tail
        )


class _Texts:
    """Texts of numbers, remembered for a batch."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self._known: dict[tuple[str, int], str] = {}

    def of(self, table: str, number: int) -> str:
        """Return one; empty: none."""
        if not number:
            return ""
        key = table, number
        text = self._known.get(key)
        if text is None:
            row = self._db.execute(f"SELECT text FROM {table} WHERE id = ?", (number,)).fetchone()
            found = "" if row is None else str(row[0])
            # A user who is being forgotten goes to no other store.
            text = self._known[key] = "" if found.startswith(FORGOTTEN) else found
        return text


# Private

FIELDS: Final = ("_id", "hour", "mesh", "user", "kind", "name", "count", "synthetic")


def hash_of(documents: Iterable[Mapping[str, Any]]) -> int:
    """Return a number that differs where one event does, in whichever order they are."""
    total = 0
    for document in documents:
        content = repr([document[name] for name in FIELDS]).encode()
        total += int.from_bytes(hashlib.blake2b(content, digest_size=8).digest())
    return total % MODULUS


def _compare(
    month: str, sent: Sequence[Mapping[str, Any]], arrived: Sequence[Mapping[str, Any]]
) -> int:
    """Return the hash of what was sent, which is that of what has arrived."""
    digest = hash_of(sent)
    there = {one["_id"]: one for one in arrived}
    # Hashes of both take three times as long, and are needed only if a server adds fields.
    is_same = len(there) == len(sent) and all(there.get(one["_id"]) == one for one in sent)
    if not is_same and (len(sent) != len(arrived) or digest != hash_of(arrived)):
        raise MeshvisorError(
            f"events of {month} are not the same in both stores ({len(sent)} here, {len(arrived)} "
            "there); nothing was removed. Look at that month in both, and remove the wrong one"
        )
    return digest
