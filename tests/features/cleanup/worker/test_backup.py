"""Backups: made while others write, verified, rotated, and good enough to start from."""

from __future__ import annotations

import os
import shutil
import sqlite3
import stat
import threading
from pathlib import Path
from typing import Final

import pytest

from meshvisor.features.cleanup.worker import backup
from meshvisor.features.cleanup.worker.backup import BackupError
from meshvisor.shared.paths import Home
from meshvisor.shared.store.store import Store

NOON: Final = 1_772_366_400.0

INSERT: Final = "INSERT INTO events (at, kind, data) VALUES (1, 'a.b', '{}')"


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """Return a home."""
    return Home(tmp_path)


def add(store: Store, count: int) -> None:
    """Append events in one transaction."""
    store.write_now(lambda db: db.executemany(INSERT, [()] * count).close())


def count(path: Path) -> int:
    """Return how many events there are in a database."""
    store = Store.open(path)
    (found,) = store.read_now(lambda db: db.execute("SELECT count(*) FROM events").fetchone())
    store.close()
    return int(found)


def test_while_others_write(home: Home) -> None:
    """It has whole transactions only, all that were committed before it began among them."""
    store = Store.open(home.database)
    add(store, 1_000)
    goes_on = threading.Event()
    goes_on.set()

    def write() -> None:
        while goes_on.is_set():
            add(store, 10)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        made = backup.make(home.database, NOON)
    finally:
        goes_on.clear()
        writer.join()
    store.close()
    assert made == home.var / "backups" / "meshvisor-20260301T120000Z.db"
    assert stat.S_IMODE(made.stat().st_mode) == 0o600
    assert [file.name for file in made.parent.iterdir()] == [made.name]
    found = count(made)
    assert found >= 1_000
    assert found % 10 == 0


def test_it_is_restored(home: Home) -> None:
    """Put in the place of the database it is the database, as it was."""
    store = Store.open(home.database)
    add(store, 7)
    made = backup.make(home.database, NOON)
    add(store, 5)
    store.close()
    for name in ("", "-wal", "-shm"):
        Path(f"{home.database}{name}").unlink(missing_ok=True)
    home.database.write_bytes(made.read_bytes())
    home.database.chmod(0o600)
    assert count(home.database) == 7


def test_a_damaged_one(home: Home) -> None:
    """It is found by reading it through, and never gets a name."""
    store = Store.open(home.database)
    add(store, 2_000)
    made = backup.make(home.database, NOON)
    store.close()
    with made.open("r+b") as file:
        file.seek(made.stat().st_size // 2)
        file.write(os.urandom(4096))
    with pytest.raises((BackupError, sqlite3.DatabaseError)):
        backup.verify(made)


def test_a_damaged_database(home: Home) -> None:
    """Nothing is left when it cannot be copied, and the sentence says so."""
    home.var.mkdir()
    home.database.write_bytes(b"this is no database" * 1000)
    with pytest.raises(BackupError, match="the database could not be backed up: file is not a"):
        backup.make(home.database, NOON)
    assert list((home.var / "backups").iterdir()) == []


def test_no_room(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is not begun where it would fill the disk."""
    Store.open(home.database).close()
    monkeypatch.setattr(backup, "SPARE", 1e12)
    with pytest.raises(BackupError, match=r"make room, keep fewer \(cleanup.backups\)"):
        backup.make(home.database, NOON)


def test_rotation(home: Home) -> None:
    """The newest stay; so does what people have put there; what a crash has left goes."""
    Store.open(home.database).close()
    other = home.var / "workflows.db"
    shutil.copy(home.database, other)
    backup.make(other, NOON)
    for day in range(4):
        made = backup.make(home.database, NOON + 86_400 * day)
    (made.parent / "mine.db").touch()
    (made.parent / "meshvisor-20260201T120000Z.db.part").touch()
    backup.rotate(made.parent, 2)
    assert sorted(file.name for file in made.parent.iterdir()) == [
        "meshvisor-20260303T120000Z.db",
        "meshvisor-20260304T120000Z.db",
        "mine.db",
        "workflows-20260301T120000Z.db",
    ]
