"""Databases of all earlier versions, of newer ones, and of programs with fewer features."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from meshvisor.shared.errors import MissingError, SettingsError
from meshvisor.shared.feature import WITHOUT
from meshvisor.shared.store.connection import open_writer
from meshvisor.shared.store.migrations import ONE_LINE, TABLE, all_lines, migrate
from tests.supervisor.test_without_features import dependents

WITH_JOBS = ",".join(sorted(dependents("jobs")))
"""Jobs and what requires them."""

Database = Callable[[int], Path]

KILLER = """
import os, shutil, signal, sqlite3, sys
from pathlib import Path
from meshvisor.shared.store.migrations import all_lines, migrate

old, path, step = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
lines = all_lines()

def connect():
    db = sqlite3.connect(path, isolation_level=None)
    db.execute("PRAGMA synchronous = OFF")  # what a killed process has written is not lost
    return db

def die_at(number):
    count = 0
    def count_up(statement):
        nonlocal count
        count += 1
        if count == number:
            os.kill(os.getpid(), signal.SIGKILL)
    db = connect()
    db.set_trace_callback(count_up)
    migrate(db, path, lines)
    os._exit(0)

number = status = 1
schemas = set()
while status:
    for file in path.parent.glob(path.name + "*"):
        file.unlink()
    shutil.copy(old, path)
    child = os.fork() or die_at(number)
    status = os.waitpid(child, 0)[1]
    db = connect()
    assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    migrate(db, path, lines)
    schemas.add(tuple(sorted(db.execute("SELECT type, name, sql FROM sqlite_schema"), key=str)))
    assert db.execute("SELECT _id FROM admin_users").fetchall() == [("7",)]
    db.close()
    number += step
print(number, len(schemas))
"""
"""Kills a process before each of the statements with which it takes over a database, or some."""

OPENER = """
import sys
from pathlib import Path
from meshvisor.shared.store.connection import open_writer
sys.stdout.write("ready\\n"); sys.stdout.flush()
sys.stdin.readline()
open_writer(Path(sys.argv[1])).close()
"""


@pytest.fixture
def old(tmp_path: Path) -> Database:
    """Return a function that makes a database as a version with so many steps left it."""

    def make(version: int) -> Path:
        path = tmp_path / f"old-{version}.db"
        path.touch(mode=0o600)
        former = {
            (number, line.owner): step
            for line in all_lines()
            for number, step in zip(line.former, line.steps, strict=False)
        }
        with closing(sqlite3.connect(path, isolation_level=None)) as db:
            for (number, _), step in sorted(former.items(), key=lambda item: item[0]):
                if number <= version:
                    for statement in step.statements():
                        db.execute(statement)
            if version:
                db.execute("INSERT INTO admin_users VALUES ('7', '7', NULL, 1, 1)")
            db.execute(f"PRAGMA user_version = {version}")
        return path

    return make


def _schema(path: Path) -> set[tuple[str, str, str]]:
    with closing(sqlite3.connect(path)) as db:
        return set(db.execute("SELECT type, name, sql FROM sqlite_schema"))


def _applied(path: Path) -> dict[str, int]:
    with closing(sqlite3.connect(path)) as db:
        return dict(db.execute(f"SELECT owner, number FROM {TABLE}"))


@pytest.fixture
def fresh(tmp_path: Path) -> Path:
    """Return a new database."""
    path = tmp_path / "fresh.db"
    open_writer(path).close()
    return path


@pytest.mark.parametrize("version", range(ONE_LINE + 1))
def test_every_earlier_version(old: Database, fresh: Path, version: int) -> None:
    """It gets the tables of a new one, keeps its rows, and refuses programs of that time."""
    path = old(version)
    open_writer(path).close()
    assert _schema(path) == _schema(fresh)
    assert (
        _applied(path) == _applied(fresh) == {line.owner: len(line.steps) for line in all_lines()}
    )
    with closing(sqlite3.connect(path)) as db:
        admins = db.execute("SELECT _id FROM admin_users").fetchall()
        (number,) = db.execute("PRAGMA user_version").fetchone()
    assert admins == ([("7",)] if version else [])
    assert number > ONE_LINE


def test_version_rises_at_once(old: Database) -> None:
    """At no moment of it would a program of the shared line take the database for its own."""
    path = old(2)
    versions: set[int] = set()
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute("PRAGMA journal_mode = WAL")

        def note(statement: str) -> None:
            with closing(sqlite3.connect(path)) as other:
                versions.update(other.execute("PRAGMA user_version").fetchone())

        db.set_trace_callback(note)
        migrate(db, path, all_lines())
        db.set_trace_callback(None)
        (last,) = db.execute("PRAGMA user_version").fetchone()
    # The two that there are: before the one transaction, and behind it.
    assert versions <= {2, last}
    assert last > ONE_LINE


@pytest.mark.parametrize("step", [7, pytest.param(1, marks=pytest.mark.long)])
def test_killed_in_the_middle(old: Database, tmp_path: Path, step: int) -> None:
    """Whatever statement is the last one, the next process ends what was begun."""
    done = subprocess.run(
        [sys.executable, "-c", KILLER, str(old(2)), str(tmp_path / "killed.db"), str(step)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == ""
    attempts, schemas = map(int, done.stdout.split())
    assert attempts > 50
    assert schemas == 1


@pytest.mark.parametrize("version", [0, 5])
def test_several_processes_at_once(old: Database, fresh: Path, version: int) -> None:
    """All of them open the database, and each step was applied once."""
    path = old(version)
    openers = [
        subprocess.Popen(
            [sys.executable, "-c", OPENER, str(path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(3)
    ]
    for opener in openers:
        assert opener.stdout is not None
        opener.stdout.readline()
    for opener in openers:
        opener.communicate("go\n")
    assert [opener.returncode for opener in openers] == [0, 0, 0]
    assert _schema(path) == _schema(fresh)


@pytest.fixture
def without() -> Callable[[str, Path], list[str]]:
    """Return a function that opens a database with features left out; returns its tables."""

    def run(names: str, path: Path) -> list[str]:
        program = (
            "import sys; from pathlib import Path; "
            "from meshvisor.shared.store.connection import open_writer; "
            "db = open_writer(Path(sys.argv[1])); print(*(name for (name,) in "
            "db.execute(\"SELECT name FROM sqlite_schema WHERE type = 'table'\")))"
        )
        done = subprocess.run(
            [sys.executable, "-c", program, str(path)],
            env={**os.environ, WITHOUT: names},
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout.split()

    return run


def test_feature_left_out(without: Callable[[str, Path], list[str]], tmp_path: Path) -> None:
    """It has no tables before it is used for the first time, and gets them then."""
    path = tmp_path / "few.db"
    tables = without(
        f"{WITH_JOBS},station,irc,matrix,meshtastic,playground,watch_party,fleet", path
    )
    assert "jobs" not in tables
    assert "stopped_meshes" not in tables
    assert {"audit_log", "admin_users"} <= set(tables)
    assert "jobs" not in _applied(path)
    assert {"jobs", "stopped_meshes"} <= set(without("", path))


def test_tables_of_a_feature_left_out(
    without: Callable[[str, Path], list[str]], old: Database, fresh: Path
) -> None:
    """They stay as they are; those of an earlier version are known when it comes back."""
    assert "jobs" in without(WITH_JOBS, fresh)
    path = old(3)
    assert "job_resume" not in without(WITH_JOBS, path)
    assert _applied(path)["jobs"] == 1
    assert "job_resume" in without("", path)
    assert _schema(path) == _schema(fresh)


@pytest.mark.parametrize(
    ("owner", "words"),
    [("jobs", "newer version .*of jobs have version 99"), ("radio", "lacks: radio")],
)
def test_newer_tables_of_one_owner(fresh: Path, owner: str, words: str) -> None:
    """A program that lacks a step of any owner refuses, even if that version had fewer features."""
    with closing(sqlite3.connect(fresh)) as db:
        db.execute(f"INSERT OR REPLACE INTO {TABLE} VALUES (?, 99)", (owner,))
        db.commit()
    with pytest.raises(SettingsError, match=words):
        open_writer(fresh)


def test_table_of_that_name_elsewhere(tmp_path: Path) -> None:
    """The database of another program that has such a table is no less another program's."""
    path = tmp_path / "other.db"
    path.touch(mode=0o600)
    with closing(sqlite3.connect(path)) as db:
        db.execute(f"CREATE TABLE {TABLE} (owner, number)")
    with pytest.raises(MissingError, match="another program"):
        open_writer(path)
