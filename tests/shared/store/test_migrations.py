"""Numbered steps: all or nothing, in their order, once."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from meshvisor.shared.errors import SettingsError
from meshvisor.shared.store.migrations import FOLDER, ONE_LINE, Line, all_lines, migrate, steps_in
from meshvisor.shared.store.store import Store


@pytest.fixture
def db() -> Iterator[sqlite3.Connection]:
    """Return an empty database in memory."""
    connection = sqlite3.connect(":memory:", isolation_level=None)
    yield connection
    connection.close()


def _folder(tmp_path: Path, **files: str) -> Path:
    for name, text in files.items():
        (tmp_path / f"{name.removeprefix('m')}.sql").write_text(text)
    return tmp_path


def _tables(db: sqlite3.Connection) -> list[str]:
    found = db.execute("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")
    return [name for (name,) in found]


def _line(folder: Path, owner: str = "kernel") -> list[Line]:
    return [Line(owner=owner, steps=steps_in(folder))]


def _version(db: sqlite3.Connection) -> int:
    return int(db.execute("PRAGMA user_version").fetchone()[0])


def test_those_of_the_product_have_no_gap() -> None:
    """They can be applied, and every file in the folder is one of them."""
    folders = {line.owner: line.steps[0].path.parent for line in all_lines()}
    assert folders["kernel"] == FOLDER
    for line in all_lines():
        assert [one.path for one in line.steps] == sorted(folders[line.owner].iterdir())


def test_the_shared_line_is_divided_without_a_gap() -> None:
    """Each step of the former line has an owner; the first was two in one."""
    former = sorted(number for line in all_lines() for number in line.former)
    assert former == [1, *range(1, ONE_LINE + 1)]


def test_steps_are_applied_in_their_order(tmp_path: Path, db: sqlite3.Connection) -> None:
    """A database that has some of them gets the others."""
    folder = _folder(tmp_path, m0001_a="-- one; two\nCREATE TABLE a (x TEXT DEFAULT ';');\n")
    migrate(db, tmp_path, _line(folder))
    _folder(tmp_path, m0002_b="ALTER TABLE a RENAME TO b;\nCREATE TABLE c (x);\n")
    migrate(db, tmp_path, _line(folder))
    migrate(db, tmp_path, _line(folder))
    assert _tables(db) == ["b", "c", "migrations"]
    assert db.execute("SELECT owner, number FROM migrations").fetchall() == [("kernel", 2)]


def test_a_step_that_fails_leaves_nothing(tmp_path: Path, db: sqlite3.Connection) -> None:
    """Nor do those before it, which came with it; once it is mended all are applied."""
    folder = _folder(
        tmp_path, m0001_a="CREATE TABLE a (x);", m0002_b="CREATE TABLE b (x);\nCREATE TABLE a (x);"
    )
    with pytest.raises(SettingsError, match=r"meshvisor itself .*fails \(table a already exists\)"):
        migrate(db, tmp_path, _line(folder))
    assert _tables(db) == []
    assert not db.in_transaction
    _folder(tmp_path, m0002_b="CREATE TABLE b (x);")
    migrate(db, tmp_path, _line(folder))
    assert _tables(db) == ["a", "b", "migrations"]


def test_a_step_that_fails_later(tmp_path: Path, db: sqlite3.Connection) -> None:
    """What the database had before stays."""
    folder = _folder(tmp_path, m0001_a="CREATE TABLE a (x);")
    migrate(db, tmp_path, _line(folder))
    _folder(tmp_path, m0002_b="CREATE TABLE b (x);", m0003_c="CREATE TABLE a (x);")
    with pytest.raises(SettingsError, match=r"meshvisor itself .*fails \(table a already exists\)"):
        migrate(db, tmp_path, _line(folder))
    assert _tables(db) == ["a", "migrations"]
    assert db.execute("SELECT owner, number FROM migrations").fetchall() == [("kernel", 1)]


@pytest.mark.parametrize(
    "sql", ["CREATE TABLE b (x NUMBR) STRICT;", "INSERT INTO a VALUES (NULL);"]
)
def test_a_wrong_step_of_a_feature(tmp_path: Path, db: sqlite3.Connection, sql: str) -> None:
    """The sentence names the feature, the file, the mistake, and both ways out."""
    folder = _folder(tmp_path, m0001_a="CREATE TABLE a (x INT NOT NULL);", m0002_b=sql)
    with pytest.raises(SettingsError) as caught:
        migrate(db, tmp_path, _line(folder, "notes"))
    said = str(caught.value)
    assert "tables of the feature notes" in said
    assert f"{folder / '0002_b.sql'} fails (" in said
    assert "MESHVISOR_WITHOUT=notes" in said
    assert _tables(db) == []


def test_a_feature_that_was_taken_out(tmp_path: Path, db: sqlite3.Connection) -> None:
    """The sentence names it: no newer version has made its tables."""
    (tmp_path / "own").mkdir()
    kernel = _line(_folder(tmp_path, m0001_a="CREATE TABLE a (x);"))
    notes = _line(_folder(tmp_path / "own", m0001_b="CREATE TABLE b (x);"), "notes")
    migrate(db, tmp_path, [*kernel, *notes])
    with pytest.raises(SettingsError, match=r"lacks: notes \(up to migration 1\); put back"):
        migrate(db, tmp_path, kernel)


def test_two_processes_at_the_same_step(tmp_path: Path) -> None:
    """The second process looks again and does nothing."""
    folder = _folder(tmp_path, m0001_a="CREATE TABLE a (x);", m0002_b="CREATE TABLE b (x);")
    steps = _line(folder)
    first, second = (sqlite3.connect(tmp_path / "test.db", isolation_level=None) for _ in range(2))

    def come_first(statement: str) -> None:
        if statement == "BEGIN IMMEDIATE":
            second.set_trace_callback(None)
            migrate(first, tmp_path, steps)

    second.set_trace_callback(come_first)
    migrate(second, tmp_path, steps)
    assert _tables(second) == ["a", "b", "migrations"]
    first.close()
    second.close()


def test_a_newer_database_is_left_alone(tmp_path: Path, db: sqlite3.Connection) -> None:
    """The message has both versions."""
    folder = _folder(tmp_path, m0001_a="CREATE TABLE a (x);", m0002_b="CREATE TABLE b (x);")
    migrate(db, tmp_path, _line(folder))
    (folder / "0002_b.sql").unlink()
    with pytest.raises(SettingsError, match="version 11, this one knows up to 10"):
        migrate(db, tmp_path, _line(folder))


@pytest.mark.parametrize("names", [["0002_b"], ["0001_a", "0003_c"], ["0001_a", "0001_b"]])
def test_gaps_are_refused(tmp_path: Path, names: list[str]) -> None:
    """A step that was lost or numbered twice is found before anything is done."""
    for name in names:
        (tmp_path / f"{name}.sql").write_text("CREATE TABLE a (x);")
    with pytest.raises(ValueError, match="gap"):
        steps_in(tmp_path)


def test_tables_are_strict(store: Store) -> None:
    """A text cannot end up where a number belongs."""
    statement = (
        "SELECT name, strict FROM pragma_table_list "
        "WHERE schema = 'main' AND type = 'table' AND name NOT LIKE 'sqlite_%'"
    )
    found = dict(store.read_now(lambda db: db.execute(statement).fetchall()))
    assert set(found) >= {"credentials", "admin_users", "command_permissions", "audit_log"}
    assert set(found.values()) == {1}


def test_only_one_set_of_credentials(store: Store) -> None:
    """The account is one; its row has the one name that MongoDB has, too."""
    store.write_now(partial(_insert_credentials, name="bot_credentials"))
    for name in ("bot_credentials", "other"):
        with pytest.raises(sqlite3.IntegrityError):
            store.write_now(partial(_insert_credentials, name=name))


def _insert_credentials(db: sqlite3.Connection, name: str) -> None:
    db.execute("INSERT INTO credentials (_id, peerId, updatedAt) VALUES (?, 'p', 1)", (name,))


def test_no_index_without_a_query(store: Store) -> None:
    """An index costs with every write: only these tables are looked up by more than their key."""
    statement = "SELECT DISTINCT tbl_name FROM sqlite_master WHERE type = 'index' AND sql NOT NULL"
    found = {name for (name,) in store.read_now(lambda db: db.execute(statement).fetchall())}
    assert found == {
        "events",
        "job_items",
        "job_reports",
        "jobs",
        "notification_deliveries",
        "notifications",
        "operator_sessions",
        "records",
        "schedule_dependencies",
        "schedule_fires",
        "schedule_positions",
        "station_alert_notes",
        "station_alerts",
        "station_memberships",
        "station_standings",
        "station_users",
        "workflow_effects",
    }
