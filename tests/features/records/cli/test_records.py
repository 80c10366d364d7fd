"""`meshvisor records`, as people and programs use it."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from meshvisor.features.records.supervisor.service import Records
from meshvisor.shared.clock import SystemClock
from meshvisor.shared.paths import Home
from meshvisor.shared.store.store import Store
from tests.features.conftest import run
from tests.supervisor.cli.conftest import Run

__all__ = ["run"]


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """Return a home with two records, without a supervisor."""
    home = Home(tmp_path)
    store = Store.open(home.database)
    records = Records(store, SystemClock())
    asyncio.run(records.put("health_check_1", {"status": "ok", "alerts": []}))
    asyncio.run(records.put("weekly_report_2026-03-01", {"meshes": 3}))
    store.close()
    return home


def test_list(home: Home, run: Run) -> None:
    """They are listed, all or those that begin alike."""
    found = run("records", "list", "--home", home.root)
    assert found.code == 0
    assert [line.split()[0] for line in found.out.splitlines()] == [
        "RECORD",
        "weekly_report_2026-03-01",
        "health_check_1",
    ]
    listed = run("records", "list", "--home", home.root, "--prefix", "health_", "--json").json
    assert [one["key"] for one in listed["records"]] == ["health_check_1"]
    none = run("records", "list", "--home", home.root, "--prefix", "none")
    assert none.out == "There are no such records.\n"
    fewer = run("records", "list", "--home", home.root, "-n", "1")
    assert fewer.out.endswith("There are more; --limit shows them, --prefix fewer.\n")


def test_show(home: Home, run: Run) -> None:
    """Its document is printed; programs get its description, too."""
    found = run("records", "show", "health_check_1", "--home", home.root)
    assert json.loads(found.out) == {"status": "ok", "alerts": []}
    shown = run("records", "show", "health_check_1", "--home", home.root, "--json").json
    assert (shown["key"], shown["document"]["status"]) == ("health_check_1", "ok")
    gone = run("records", "show", "health_check_2", "--home", home.root)
    assert (gone.code, gone.out) == (2, "")
    assert "There is no record 'health_check_2'" in gone.err
