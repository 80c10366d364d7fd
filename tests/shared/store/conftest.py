"""A database for each test, with one small table of its own."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from meshvisor.shared.store.store import Store

Insert = Callable[[int], Callable[[sqlite3.Connection], None]]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return where the database is going to be; not even its folder exists."""
    return tmp_path / "var" / "meshvisor.db"


@pytest.fixture
def store(path: Path) -> Iterator[Store]:
    """Return an open store with the table `numbers`."""
    store = Store.open(path)
    store.write_now(make_table)
    yield store
    store.close()


def make_table(db: sqlite3.Connection) -> None:
    """Make the table that tests write to."""
    db.execute("CREATE TABLE numbers (number INTEGER PRIMARY KEY) STRICT")


@pytest.fixture
def insert() -> Insert:
    """Return a maker of work that inserts one number."""

    def make(number: int) -> Callable[[sqlite3.Connection], None]:
        def work(db: sqlite3.Connection) -> None:
            db.execute("INSERT INTO numbers VALUES (?)", (number,))

        return work

    return make


@pytest.fixture
def numbers(path: Path) -> Callable[[], list[int]]:
    """Return a look at the table through a connection of one's own."""

    def look() -> list[int]:
        connection = sqlite3.connect(path)
        try:
            found = connection.execute("SELECT number FROM numbers ORDER BY number").fetchall()
        finally:
            connection.close()
        return [number for (number,) in found]

    return look
