"""Records: kept ones and computed ones under keys, and when each was last used."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from meshvisor.features.records.supervisor import service
from meshvisor.features.records.supervisor.service import QUERIES, Records
from meshvisor.shared.errors import UsageError
from meshvisor.shared.records import ComputedKey, ComputedRecords
from meshvisor.shared.store.store import Store
from tests.clock import ManualClock

DAY: Final = 86_400.0


@pytest.fixture
def clock() -> ManualClock:
    """Return a clock that stands still."""
    return ManualClock()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """Return an empty database."""
    opened = Store.open(tmp_path / "meshvisor.db")
    yield opened
    opened.close()


@pytest.fixture
def records(store: Store, clock: ManualClock) -> Records:
    """Return its records."""
    return Records(store, clock)


async def keys(records: Records, prefix: str = "", limit: int = 10) -> list[str]:
    """Return the keys that begin so, in their order."""
    return [one.key for one in (await records.list_records(prefix, limit)).records]


async def test_put_and_get(records: Records, clock: ManualClock) -> None:
    """A document is found under its key, and another one takes its place."""
    made = await records.put("weekly_report_2026-03-01", {"meshes": 3})
    assert (made.created_at, made.size) == ("2026-03-01T12:00:00.000+00:00", 13)
    clock.advance(DAY)
    again = await records.put("weekly_report_2026-03-01", {"meshes": 4})
    assert again.created_at == made.created_at
    assert again.updated_at == "2026-03-02T12:00:00.000+00:00"
    assert (await records.get("weekly_report_2026-03-01")).document == {"meshes": 4}


async def test_by_prefix(records: Records, clock: ManualClock) -> None:
    """A list has those that begin so, the newest first, and says when there are more."""
    for key in ("b_2", "a_1", "b_1", "c"):
        await records.put(key, {})
        clock.advance(1)
    assert await keys(records) == ["c", "b_1", "a_1", "b_2"]
    assert await keys(records, "b_") == ["b_1", "b_2"]
    assert await keys(records, "b_9") == []
    assert (await records.list_records("", 3)).more
    assert not (await records.list_records("", 4)).more


async def test_last_use(records: Records, store: Store, clock: ManualClock) -> None:
    """Asking for a record is a use, to the day; unused ones are those that can be removed."""
    for key in ("old", "read"):
        await records.put(key, {})
    clock.advance(10 * DAY)
    assert (await records.get("read")).used_at == "2026-03-01T12:00:00.000+00:00"
    assert (await records.get("read")).used_at == "2026-03-11T12:00:00.000+00:00"
    clock.advance(0.5 * DAY)
    await records.touch("read")
    assert (await records.get("read")).used_at == "2026-03-11T12:00:00.000+00:00"
    before = round((clock.wall() - DAY) * 1000)
    assert store.read_now(lambda db: service.count_unused(db, "", before)) == 1
    assert store.read_now(lambda db: service.count_unused(db, "rea", before)) == 0
    assert store.write_now(lambda db: service.remove_unused(db, "", before, 10)) == 1
    assert await keys(records) == ["read"]


async def test_what_cannot_be(records: Records) -> None:
    """A key or a document that cannot be is refused in one sentence, and nothing is kept."""
    with pytest.raises(UsageError, match=r"'a b' is no key of a record: 1 to 200 letters"):
        await records.put("a b", {})
    with pytest.raises(UsageError, match="the record big would have 524304 bytes; 524288 are"):
        await records.put("big", {"text": "x" * 524_292})
    with pytest.raises(UsageError, match="not JSON compliant"):
        await records.put("odd", {"n": float("nan")})
    with pytest.raises(UsageError, match="there is no record 'gone'; meshvisor records list"):
        await records.get("gone")
    assert await keys(records) == []


async def test_computed(store: Store, clock: ManualClock, monkeypatch: pytest.MonkeyPatch) -> None:
    """Records that a feature computes stand among the others, in the order of their times."""
    asked: list[str] = []

    def computed(_db: sqlite3.Connection, prefix: str, limit: int) -> list[ComputedKey]:
        asked.append(prefix)
        found = [ComputedKey("log_b_9", 1_772_366_399_000), ComputedKey("log_a_1", 1)]
        return [one for one in found if one.key.startswith(prefix)][:limit]

    def document(_db: sqlite3.Connection, key: str) -> tuple[ComputedKey, dict[str, Any]] | None:
        return (ComputedKey(key, 1), {"status": "completed"}) if key == "log_a_1" else None

    one = ComputedRecords("log_", computed, document)
    monkeypatch.setattr(service, "parts", lambda _kind: [(None, (one,))])
    records = Records(store, clock)
    await records.put("kept", {})
    await records.put("log_a_0", {})
    assert await keys(records) == ["log_a_0", "kept", "log_b_9", "log_a_1"]
    assert await keys(records, "lo", 2) == ["log_a_0", "log_b_9"]
    assert await keys(records, "log_a_") == ["log_a_0", "log_a_1"]
    assert await keys(records, "k") == ["kept"]
    assert asked == ["log_", "log_", "log_a_"]
    found = await records.get("log_a_1")
    assert (found.document, found.computed, found.used_at) == ({"status": "completed"}, True, None)
    with pytest.raises(UsageError):
        await records.get("log_a_2")


@pytest.mark.parametrize(
    ("name", "plan"),
    [
        ("list", "USING INDEX sqlite_autoindex_records_1 (key>? AND key<?)"),
        ("get", "(key=?)"),
        ("use", "(key=?)"),
        ("count_unused", "INDEX"),
    ],
)
def test_plans(store: Store, name: str, plan: str) -> None:
    """No statement reads the whole table."""
    statement = QUERIES[name].replace("?", "NULL")
    for word in ("first", "last", "before", "limit", "key", "now"):
        statement = statement.replace(f":{word}", "NULL")
    found = store.read_now(lambda db: db.execute(f"EXPLAIN QUERY PLAN {statement}").fetchall())
    assert plan in found[0][3]
