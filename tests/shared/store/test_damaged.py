"""A file that is damaged, moved or replaced while it is in use."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from meshvisor.shared.store.errors import StoreDamagedError, StoreMovedError
from meshvisor.shared.store.store import Store
from tests.shared.store.conftest import Insert, make_table

PAGE = 4096


def _fill(db: sqlite3.Connection) -> None:
    make_table(db)
    db.executemany("INSERT INTO numbers VALUES (?)", ((n,) for n in range(20_000)))


def _sum(db: sqlite3.Connection) -> int:
    found: int = db.execute("SELECT sum(number) FROM numbers").fetchone()[0]
    return found


def test_damage_in_use(path: Path) -> None:
    """Readers and writers get an error, nothing is overwritten, and a mended file is used again."""
    store = Store.open(path)
    store.write_now(_fill)
    store.close()
    sound = path.read_bytes()

    store = Store.open(path)
    broken = sound[: PAGE * 2] + b"\xa5" * (len(sound) - PAGE * 2)
    path.write_bytes(broken)
    with pytest.raises(StoreDamagedError, match="restore a backup"):
        store.read_now(_sum)
    for _ in range(2):
        with pytest.raises(StoreDamagedError):
            store.write_now(lambda db: db.execute("INSERT INTO numbers VALUES (-1)"))
    assert path.read_bytes() == broken

    path.write_bytes(sound)
    store.write_now(lambda db: db.execute("INSERT INTO numbers VALUES (-1)"))
    assert store.read_now(_sum) == sum(range(20_000)) - 1
    store.close()


def test_a_file_that_was_moved_away(store: Store, path: Path, insert: Insert) -> None:
    """What would be written into nowhere is refused, until the file is back."""
    store.write_now(insert(1))
    aside = path.with_name("aside.db")
    path.rename(aside)
    for _ in range(2):
        with pytest.raises(StoreMovedError, match="put it back"):
            store.write_now(insert(2))
    path.write_bytes(b"")
    with pytest.raises(StoreMovedError):
        store.write_now(insert(2))
    aside.replace(path)
    store.write_now(insert(3))
    found = store.read_now(lambda db: db.execute("SELECT number FROM numbers").fetchall())
    assert found == [(1,), (3,)]
