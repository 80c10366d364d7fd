"""How built-in actions get at the data of the home: by reading, and by requests."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from meshvisor.features.jobs.worker.home import HomeData
from meshvisor.shared.errors import MissingError, NotRunningError
from meshvisor.shared.paths import Home
from meshvisor.shared.store.store import Store
from tests.features.conftest import served

__all__ = ["served"]


def count(db: sqlite3.Connection) -> int:
    """Return how many events there are."""
    (number,) = db.execute("SELECT count(*) FROM events").fetchone()
    return int(number)


def test_reading(tmp_path: Path) -> None:
    """It sees what is committed, each time anew, and cannot change anything."""
    store = Store.open(Home(tmp_path).database)
    insert = "INSERT INTO events (at, kind, data) VALUES (1, 'a.b', '{}')"
    with HomeData("job:1", Home(tmp_path)) as home:
        assert home.read(count) == 0
        store.write_now(lambda db: db.execute(insert).close())
        assert home.read(count) == 1
        with pytest.raises(sqlite3.OperationalError, match="readonly"):
            home.read(lambda db: db.execute(insert))
        assert home.read(count) == 1
    store.close()


def test_without_a_database(tmp_path: Path) -> None:
    """It is reported in a sentence."""
    with HomeData("job:1", Home(tmp_path)) as home, pytest.raises(MissingError):
        home.read(count)


def test_requests(served: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """They go to the supervisor of the working directory, over one connection."""
    monkeypatch.chdir(served.root)
    with HomeData("job:1") as home:
        assert len(home.ask("meshes")["meshes"]) == 3
        assert home.ask("version")["version"]


def test_requests_without_a_supervisor(tmp_path: Path) -> None:
    """They fail."""
    with HomeData("job:1", Home(tmp_path)) as home, pytest.raises(NotRunningError):
        home.ask("version")
