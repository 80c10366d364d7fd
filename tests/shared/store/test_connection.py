"""Opening the database file: what is made, what is refused, and who may do so at once."""

from __future__ import annotations

import os
import sqlite3
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from meshvisor.shared.errors import MissingError, SettingsError
from meshvisor.shared.store import connection as module
from meshvisor.shared.store.connection import open_reader, open_writer
from meshvisor.shared.store.errors import StoreBusyError, StoreDamagedError
from meshvisor.shared.store.store import Store

LOCKER = """
import sqlite3, sys
other = sqlite3.connect(sys.argv[1], isolation_level=None)
other.execute("BEGIN IMMEDIATE")
print("locked", flush=True)
sys.stdin.readline()
"""
OPENER = """
import sys
from pathlib import Path
from meshvisor.shared.store.store import Store
sys.stdin.readline()
store = Store.open(Path(sys.argv[1]))
store.write_now(lambda db: db.execute("INSERT INTO admin_users VALUES (?, ?, NULL, 0, 1)",
                                      (sys.argv[2], sys.argv[2])))
store.close()
"""


def test_a_new_database_is_private(path: Path) -> None:
    """Neither it nor its log nor its folder can be read by others, whatever the umask."""
    before = os.umask(0)
    try:
        store = Store.open(path)
        store.write_now(lambda db: db.execute("CREATE TABLE t (a TEXT) STRICT"))
    finally:
        os.umask(before)
    modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()}
    store.close()
    names = (path.name, f"{path.name}-wal", f"{path.name}-shm")
    assert modes == dict.fromkeys(names, 0o600)
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


@pytest.mark.parametrize("mode", [0o644, 0o660, 0o604])
def test_a_file_for_others_is_refused(path: Path, mode: int) -> None:
    """The message has the command that mends it, and that command does."""
    Store.open(path).close()
    path.chmod(mode)
    with pytest.raises(SettingsError, match=f"chmod 600 {path}"):
        Store.open(path)
    subprocess.run(["chmod", "600", str(path)], check=True)
    Store.open(path).close()


@pytest.mark.parametrize("size", [2, 99, 100, 4096, 100_000])
def test_what_is_no_database_stays_as_it_is(path: Path, size: int) -> None:
    """It is refused in one sentence and never overwritten."""
    path.parent.mkdir()
    content = b"not a database. " * (size // 16) + b"x" * (size % 16)
    path.write_bytes(content)
    path.chmod(0o600)
    with pytest.raises(MissingError, match="no SQLite database") as caught:
        Store.open(path)
    assert "restore a backup, or save what can be read" in str(caught.value)
    assert path.read_bytes() == content
    assert [file.name for file in path.parent.iterdir()] == [path.name]


def test_a_damaged_database_stays_as_it_is(path: Path) -> None:
    """A first page that was overwritten is found at once."""
    Store.open(path).close()
    content = bytearray(path.read_bytes())
    content[100:4000] = os.urandom(3900)
    path.write_bytes(content)
    with pytest.raises(StoreDamagedError):
        Store.open(path)
    assert path.read_bytes() == content


def test_damage_is_a_missing_file_to_the_command_line(path: Path) -> None:
    """Commands end with the exit code for what the operator has to provide."""
    assert StoreDamagedError.exit_code == MissingError.exit_code == 3


def test_the_database_of_another_program(path: Path) -> None:
    """Its tables are left alone."""
    path.parent.mkdir()
    other = sqlite3.connect(path)
    other.execute("CREATE TABLE theirs (a)")
    other.close()
    path.chmod(0o600)
    with pytest.raises(MissingError, match="another program"):
        Store.open(path)


def test_a_newer_version(path: Path) -> None:
    """An older program does not touch what it does not know."""
    Store.open(path).close()
    newer = sqlite3.connect(path)
    newer.execute("PRAGMA user_version = 999")
    newer.close()
    with pytest.raises(SettingsError, match=r"newer version.*999"):
        Store.open(path)


def test_a_folder_in_its_place(path: Path) -> None:
    """It is refused, with what to do."""
    path.mkdir(parents=True)
    with pytest.raises(MissingError, match="no regular file"):
        Store.open(path)


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    """The reason is the system's."""
    (tmp_path / "var").write_text("a file")
    with pytest.raises(MissingError, match="cannot be opened"):
        Store.open(tmp_path / "var" / "meshvisor.db")


def test_readers_make_nothing(path: Path) -> None:
    """There is nothing to read where nothing was written."""
    path.parent.mkdir()
    with pytest.raises(MissingError):
        open_reader(path)
    assert not path.exists()


def test_a_path_with_odd_characters(tmp_path: Path) -> None:
    """SQLite is given an address, in which they would mean something."""
    path = tmp_path / "a?b=c#d%20 é" / "meshvisor.db"
    Store.open(path).close()
    assert path.exists()


def test_a_lock_of_another_program(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is waited for, then reported; readers go on, and once it is gone everything works."""
    monkeypatch.setattr(module, "BUSY_TIMEOUT", 0.05)
    store = Store.open(path)
    with subprocess.Popen(
        [sys.executable, "-c", LOCKER, path], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"locked\n"
        with pytest.raises(StoreBusyError, match="locked by another program"):
            store.write_now(lambda db: None)
        assert store.read_now(lambda db: db.execute("SELECT 1").fetchone()) == (1,)
        Store.open(path).close()
        other.communicate(b"\n")
    store.write_now(lambda db: None)
    store.close()


def test_a_lock_while_the_tables_are_made(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Opening waits for it and says so."""
    monkeypatch.setattr(module, "BUSY_TIMEOUT", 0.05)
    path.parent.mkdir()
    other = sqlite3.connect(path, isolation_level=None)
    path.chmod(0o600)
    other.execute("BEGIN EXCLUSIVE")
    with pytest.raises(StoreBusyError):
        open_writer(path)
    other.close()
    open_writer(path).close()


@pytest.mark.parametrize("seed", range(5))
def test_several_processes_open_a_new_one_at_once(path: Path, seed: int) -> None:
    """The tables are made once, and all write."""
    names = [f"u{number}" for number in range(4)]
    openers = [
        subprocess.Popen([sys.executable, "-c", OPENER, path, name], stdin=subprocess.PIPE)
        for name in names
    ]
    for opener in openers:
        assert opener.stdin is not None
        opener.stdin.write(b"\n")
        opener.stdin.close()
    assert [opener.wait() for opener in openers] == [0] * len(names)
    store = Store.open(path)
    found = store.read_now(lambda db: db.execute("SELECT _id FROM admin_users").fetchall())
    store.close()
    assert sorted(name for (name,) in found) == names
