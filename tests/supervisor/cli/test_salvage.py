"""`meshvisor salvage`, and what leads to it."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest

from meshvisor.shared.home_lock import HomeLock
from meshvisor.shared.paths import Home
from tests.supervisor.cli.conftest import Run

PAGE = 4096


@pytest.fixture
def damaged(run: Run, home: Home) -> Home:
    """Return a home with an admin and a thousand permissions, of which some cannot be read."""
    root = ("--home", home.root)
    assert run("admin", "add", "12", *root).code == 0
    with closing(sqlite3.connect(home.database)) as database, database:
        names = [(f"command{number}",) * 2 for number in range(1000)]
        database.executemany("INSERT INTO command_permissions VALUES (?, ?, 1, '', 0, NULL)", names)
    data = home.database.read_bytes()
    pages = [data[at : at + PAGE] for at in range(0, len(data), PAGE)]
    # Leaves of the table with permissions, which has no rowid.
    hit = next(n for n, page in enumerate(pages) if page[0] == 10 and b"command42" in page)
    home.database.write_bytes(b"".join([*pages[:hit], b"\xff" * PAGE, *pages[hit + 1 :]]))
    return home


def test_from_the_damage_to_a_sound_database(run: Run, damaged: Home) -> None:
    """Each step names the next one, and what was not hit is there in the end."""
    root = ("--home", damaged.root)
    content = damaged.database.read_bytes()
    outcome = run("perm", "list", *root)
    assert outcome.code == 3
    assert "meshvisor salvage" in outcome.err
    outcome = run("doctor", *root)
    assert outcome.code == 1
    assert "meshvisor.db is damaged" in outcome.out
    assert "meshvisor salvage" in outcome.out
    outcome = run("salvage", *root)
    assert outcome.code == 0, outcome.err
    (aside,) = damaged.var.glob("meshvisor.db.damaged-*")
    assert (aside / "meshvisor.db").read_bytes() == content
    assert f"The damaged files are kept in {aside}" in outcome.out
    assert "1 admins" in outcome.out
    assert "permissions; others could not be read" in outcome.out
    assert run("admin", "list", *root, "--json").json["admins"][0]["user_id"] == "12"
    assert 0 < len(run("perm", "list", *root, "--json").json["permissions"]) < 1000
    assert run("doctor", *root).code == 0


def test_json(run: Run, damaged: Home) -> None:
    """Programs get the same."""
    result = run("salvage", "--home", damaged.root, "--json").json
    assert result["problem"]
    assert result["jobs"] == []
    tables = {table["name"]: table for table in result["tables"]}
    assert tables["admin_users"] == {"name": "admin_users", "rows": 1, "whole": True}
    assert not tables["command_permissions"]["whole"]
    again = run("salvage", "--home", damaged.root, "--json").json
    assert (again["problem"], again["aside"]) == (None, None)


def test_a_sound_database(run: Run, home: Home) -> None:
    """There is nothing to do, and nothing is done."""
    run("admin", "add", "12", "--home", home.root)
    content = home.database.read_bytes()
    outcome = run("salvage", "--home", home.root)
    assert outcome.code == 0
    assert "is sound; there is nothing to salvage" in outcome.out
    assert home.database.read_bytes() == content


def test_not_beside_a_supervisor(run: Run, damaged: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that a process has open is not replaced."""
    monkeypatch.setattr("meshvisor.shared.home_lock.PATIENCE", 0.2)
    content = damaged.database.read_bytes()
    with HomeLock(damaged):
        outcome = run("salvage", "--home", damaged.root)
    assert outcome.code == 1
    assert "meshvisor shutdown" in outcome.err
    assert damaged.database.read_bytes() == content


def test_nothing_can_be_read(run: Run, home: Home) -> None:
    """It says so, and leaves the file as it is, for a backup."""
    home.var.mkdir(mode=0o700)
    home.database.write_bytes(b"no database" * 1000)
    home.database.chmod(0o600)
    outcome = run("salvage", "--home", home.root)
    assert outcome.code == 1
    assert "restore a backup" in outcome.err
    assert home.database.read_bytes() == b"no database" * 1000
