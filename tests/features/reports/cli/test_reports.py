"""`meshvisor reports`, as people and programs use it."""

from __future__ import annotations

import asyncio
import stat
from pathlib import Path

import pytest

from meshvisor.features.records.supervisor.service import Records
from meshvisor.shared.clock import SystemClock
from meshvisor.shared.paths import Home
from meshvisor.shared.store.store import Store
from tests.features.conftest import run
from tests.features.reports.conftest import MONTH, WEEK, Days
from tests.features.reports.history import past, start
from tests.supervisor.cli.conftest import Run

__all__ = ["run"]


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """Return a home with two reports, without a supervisor."""
    home = Home(tmp_path)
    store = Store.open(home.database)
    days = Days(store)
    days.happen(past(start(2026, 1, 20), 40, seed=3))
    records = Records(store, SystemClock())
    for period in (MONTH, WEEK):
        asyncio.run(records.put(period.key, days.report(period)))
    store.close()
    return home


def test_list_and_show(home: Home, run: Run, tmp_path: Path) -> None:
    """They are listed, shown in words and as JSON, and written as a page for its owner alone."""
    listed = run("reports", "list", "--home", home.root, "--json").json
    assert [one["key"] for one in listed["reports"]] == [WEEK.key, MONTH.key]
    shown = run("reports", "show", "latest", "--home", home.root)
    assert shown.out.startswith("22 February to 28 February 2026: ")
    assert "Least uptime:\n  " in shown.out
    assert "Most used commands:\n  ping " in shown.out
    document = run("reports", "show", MONTH.key, "--home", home.root, "--json").json
    assert document["title"] == "February 2026"
    file = tmp_path / "report.html"
    said = run("reports", "show", MONTH.key, "--home", home.root, "--html", file)
    assert said.out == f"The page of {MONTH.key} is {file}.\n"
    assert file.read_text().startswith("<!doctype html>")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    printed = run("reports", "show", WEEK.key, "--home", home.root, "--html", "-")
    assert printed.out.rstrip().endswith("</html>")


def test_open(home: Home, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its page is made where it is missing, and opened; without a browser its place is said."""
    opened: list[str] = []

    def show(address: str) -> bool:
        opened.append(address)
        return True

    monkeypatch.setattr("webbrowser.open", show)
    path = home.var / "reports" / f"{WEEK.key}.html"
    assert run("reports", "open", "--home", home.root).out == f"{path}\n"
    assert opened == [path.as_uri()]
    monkeypatch.setattr("webbrowser.open", lambda _address: False)
    without = run("reports", "open", "latest", "--home", home.root)
    assert (without.code, without.out) == (1, f"{path}\n")
    assert "There is no browser here" in without.err


def test_what_there_is_not(run: Run, tmp_path: Path) -> None:
    """The error says what makes one."""
    Store.open(Home(tmp_path).database).close()
    for arguments in (("show", "latest"), ("open",)):
        found = run("reports", *arguments, "--home", tmp_path)
        assert found.code == 1
        assert "meshvisor schedules start weekly-report makes one" in found.err
    assert "no report" in run("reports", "show", "health_check_1", "--home", tmp_path).err
    assert run("reports", "list", "--home", tmp_path).code == 0
