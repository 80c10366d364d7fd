"""Records: what is kept, what is computed, and when each was last used.

Owns the rows, and putting kept and computed records together.  Does not own what is in a document,
nor who writes which keys.  Works with a running supervisor and without.
"""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from meshvisor.shared.clock import Clock
from meshvisor.shared.errors import UnknownError, UsageError
from meshvisor.shared.feature import parts
from meshvisor.shared.late import late
from meshvisor.shared.records import ComputedRecords
from meshvisor.shared.store.queries import load_queries
from meshvisor.shared.store.store import Store

if TYPE_CHECKING:
    from meshvisor.features.records import results
else:
    results = late("meshvisor.features.records.results")

QUERIES: Final = load_queries(Path(__file__).with_name("queries.sql"))

LONGEST_KEY: Final = 200
"""Characters."""

LARGEST: Final = 512 * 1024
"""Bytes of a document as JSON: half a frame."""

DAY: Final = 86_400_000
"""Milliseconds within which another use is not written down."""

_KEY: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:@~-]*")

_BEHIND_ALL: Final = "\U0010ffff"
"""Sorts behind every character of a key."""


def check_key(key: str) -> str:
    """Return the key of a record.

    Raises:
        ValueError: it cannot be one; the message is one sentence.
    """
    if len(key) <= LONGEST_KEY and _KEY.fullmatch(key):
        return key
    raise ValueError(
        f"{key[:40]!r} is no key of a record: 1 to {LONGEST_KEY} letters, digits or any of "
        "_ . : @ ~ -, the first a letter or digit, such as weekly_report_2026-03-01"
    )


class Records:
    """All records of a home."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._computed: tuple[ComputedRecords, ...] = tuple(
            one for _, some in parts("records") for one in some
        )

    async def put(self, key: str, document: Mapping[str, Any]) -> results.RecordInfo:
        """Keep a document, in place of one that has its key; on the disk when this returns.

        Raises:
            UsageError: the key or the document cannot be.
        """
        text = _checked(key, document)
        now = self._now()
        await self._store.write(partial(put, key=key, text=text, now=now))
        return await self._store.read(partial(self._info, key))

    async def get(self, key: str) -> results.Record:
        """Return a record, and note that it was used.

        Raises:
            UsageError: there is none.
        """
        found = await self._store.read(partial(self._find, key))
        if found is None:
            raise UnknownError(
                f"there is no record {key[:LONGEST_KEY]!r}; meshvisor records list shows those "
                "there are"
            )
        if not found.computed:
            await self.touch(key)
        return found

    async def touch(self, key: str) -> None:
        """Note that a record was used, so that it is not removed as one that is not."""
        now = self._now()
        await self._store.write(partial(_use, key, now), durable=False)

    async def list_records(self, prefix: str, limit: int) -> results.RecordList:
        """Return the records whose keys begin so, the newest first."""
        found = await self._store.read(partial(self._list, prefix, limit + 1))
        return results.RecordList(records=tuple(found[:limit]), more=len(found) > limit)

    async def forget_unused(self, before: int, limit: int, prefix: str = "") -> int:
        """Remove records that were not used since a moment; return how many.

        Args:
            before: epoch milliseconds.
            limit: how many at most.
            prefix: those whose keys begin so.
        """
        return await self._store.write(
            lambda db: remove_unused(db, prefix, before, limit), durable=False
        )

    # ---- Private -----------------------------------------------------------------------------

    def _now(self) -> int:
        return round(self._clock.wall() * 1000)

    def _find(self, key: str, db: sqlite3.Connection) -> results.Record | None:
        row = db.execute(QUERIES["get"], (key,)).fetchone()
        if row is not None:
            _, text, *times = row
            return results.Record(
                key=key, document=json.loads(text), size=len(text.encode()), **_times(*times)
            )
        for one in self._computed:
            if key.startswith(one.prefix) and (found := one.document(db, key)) is not None:
                at = _iso(found[0].at)
                times_of = {"created_at": at, "updated_at": at, "used_at": None}
                return results.Record(key=key, document=dict(found[1]), computed=True, **times_of)
        return None

    def _info(self, key: str, db: sqlite3.Connection) -> results.RecordInfo:
        found = self._find(key, db)
        assert found is not None
        return results.RecordInfo(**found.model_dump(exclude={"document"}))

    def _list(self, prefix: str, limit: int, db: sqlite3.Connection) -> list[results.RecordInfo]:
        values = {**between(prefix), "limit": limit}
        found = [
            results.RecordInfo(key=key, size=size, **_times(*times))
            for key, size, *times in db.execute(QUERIES["list"], values)
        ]
        for one in self._computed:
            # What begins like the prefix, or is what the prefix begins with.
            if one.prefix.startswith(prefix) or prefix.startswith(one.prefix):
                longer = max(prefix, one.prefix, key=len)
                found += [
                    results.RecordInfo(
                        key=key, computed=True, created_at=_iso(at), updated_at=_iso(at)
                    )
                    for key, at in one.keys(db, longer, limit)
                ]
        return sorted(found, key=lambda info: (info.updated_at, info.key), reverse=True)


def put(db: sqlite3.Connection, *, key: str, text: str, now: int) -> None:
    """Write a record inside a transaction of the caller."""
    db.execute(QUERIES["put"], {"key": key, "document": text, "now": now})


def between(prefix: str) -> dict[str, str]:
    """Return the bounds of keys that begin so, as parameters of queries."""
    return {"first": prefix, "last": prefix + _BEHIND_ALL}


def count_unused(db: sqlite3.Connection, prefix: str, before: int) -> int:
    """Return how many records that begin so were not used since a moment."""
    values = {**between(prefix), "before": before}
    (count,) = db.execute(QUERIES["count_unused"], values).fetchone()
    return int(count)


def remove_unused(db: sqlite3.Connection, prefix: str, before: int, limit: int) -> int:
    """Remove some of them; return how many."""
    values = {**between(prefix), "before": before, "limit": limit}
    return db.execute(QUERIES["remove_unused"], values).rowcount


# Private


def _checked(key: str, document: Mapping[str, Any]) -> str:
    try:
        check_key(key)
        text = json.dumps(document, allow_nan=False)
    except ValueError as error:
        raise UsageError(str(error)) from None
    if len(text) > LARGEST:
        raise UsageError(
            f"the record {key} would have {len(text)} bytes; {LARGEST} are allowed: keep less"
        )
    return text


def _use(key: str, now: int, db: sqlite3.Connection) -> None:
    row = db.execute(QUERIES["get"], (key,)).fetchone()
    if row is not None and not 0 <= now - row[4] < DAY:
        db.execute(QUERIES["use"], {"key": key, "now": now})


def _times(created_at: int, updated_at: int, used_at: int) -> dict[str, str]:
    return {
        "created_at": _iso(created_at),
        "updated_at": _iso(updated_at),
        "used_at": _iso(used_at),
    }


def _iso(at: int) -> str:
    return datetime.fromtimestamp(at / 1000, UTC).isoformat(timespec="milliseconds")
