"""`meshvisor stats`, as people and programs use it."""

from __future__ import annotations

import json
import logging
import re
import resource
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from xml.etree import ElementTree

import pytest

from meshvisor.features.background.cancelling import cancel, wait_for
from meshvisor.features.background.looking import look_at_all, look_for
from meshvisor.features.background.names import Files
from meshvisor.features.background.status import State
from meshvisor.features.statistics.aggregation.pool import ForkPool
from meshvisor.features.statistics.cli.options import log_to_terminal
from meshvisor.features.statistics.generation.memberships import only_backfill
from meshvisor.features.statistics.generation.synthetic import remove
from meshvisor.features.statistics.people import People, load_key
from meshvisor.features.statistics.store.database import database_of, open_database
from meshvisor.features.statistics.store.partitions import UsageEvent
from meshvisor.shared.paths import Home
from tests.features.conftest import run
from tests.features.statistics.usage import FIRST, quiet, record, some_days
from tests.features.statistics.usage import run as aggregate
from tests.supervisor.cli.conftest import Run, run_process

__all__ = ["run"]


@pytest.fixture(scope="module")
def past(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """Return a home with the statistics of three days; to be read only."""
    home = Home(tmp_path_factory.mktemp("past"))
    home.config.mkdir()
    path = home.var / "statistics.db"
    db = open_database(path)
    person = People("pseudonyms", load_key(home.var / "statistics.key")).name("12345")
    hour = some_days()[0].hour
    record(db, [*some_days(), UsageEvent(hour, "lobby", person, 1, "", 7)])
    db.close()
    aggregate(path)
    return home


def refused(run: Run, code: int, *arguments: str | Path) -> str:
    """Return what is said to a command that ends with an exit code."""
    outcome = run(*arguments)
    assert outcome.code == code, outcome
    return outcome.err


@pytest.fixture
def pids(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Return the folder of background commands; what is left there is ended."""
    folder = tmp_path / "pids"
    monkeypatch.setenv("MESHVISOR_PID_DIR", str(folder))
    yield folder
    for found in look_at_all(folder):
        if found.runs or found.left:
            cancel(found, 0)


def test_show(past: Home, run: Run) -> None:
    """Days and all together, as a table and as JSON, of all or one mesh or user."""
    shown = run("stats", "show", "--home", past.root, "--start-date", FIRST)
    lines = shown.out.splitlines()
    assert lines[0].split()[:3] == ["DAY", "MESSAGES", "COMMANDS"]
    days = [line.split()[0] for line in lines[1:]]
    assert days == [
        "2026-10-30",
        "2026-10-31",
        "2026-11-01",
        "all",
    ]
    found = run("stats", "show", "--home", past.root, "--json").json
    assert len(found["days"]) == 30
    assert found["pending_hours"] == 0
    messages = sum(day["messages"] for day in found["days"])
    assert found["totals"]["messages"] == messages
    assert sum(day["new_users"] for day in found["days"]) == found["totals"]["active_users"]
    grown = run("stats", "show", "--home", past.root, "--cumulative", "--json").json
    assert grown["days"][-1]["messages"] == messages
    one = run("stats", "show", "--home", past.root, "--mesh-id", "bar", "--json").json
    assert 0 < one["totals"]["messages"] < messages
    assert found["before"] is None  # not all of the days before were recorded
    last = ("--start-date", "2026-11-01", "--home", past.root)
    compared = run("stats", "show", *last, "--json").json
    assert compared["before"]["messages"] == found["days"][-2]["messages"]
    grown_by = compared["totals"]["messages"] / compared["before"]["messages"] - 1
    assert run("stats", "show", *last).out.splitlines()[-1].split()[:2] == [
        "change",
        f"{grown_by:+.0%}",
    ]
    # By the id, although only a pseudonym is recorded.
    of_user = run("stats", "show", "--home", past.root, "--user", "12345", "--json").json
    assert of_user["totals"] == {**dict.fromkeys(of_user["totals"], 0), "messages": 7}


def test_top(past: Home, run: Run) -> None:
    """The most used ones come first, and what is not counted is refused."""
    found = run("stats", "top", "meshes", "--home", past.root, "--json").json
    assert [row["name"] for row in found["meshes"]] == ["lobby", "bar", "irc:room"]
    counts = [row["count"] for row in found["meshes"]]
    assert counts == sorted(counts, reverse=True)
    users = run("stats", "top", "users", "--home", past.root, "--mesh-id", "bar", "--limit", "3")
    assert len(users.out.splitlines()) == 4
    assert "ping" in run("stats", "top", "commands", "--home", past.root).out
    said = refused(run, 2, "stats", "top", "commands", "--kind", "join", "--home", past.root)
    assert "commands have no join" in said.lower()


def test_export(past: Home, run: Run, tmp_path: Path) -> None:
    """The same figures in each format."""

    def written(form: str, *more: str) -> bytes:
        file = tmp_path / f"usage.{form}"
        run("stats", "export", "--format", form, "--output", file, "--home", past.root, *more)
        return file.read_bytes()

    days = json.loads(written("json"))["days"]
    lines = written("csv").decode().splitlines()
    assert lines[0].split(",") == list(days[0])
    assert lines[-1].split(",") == [str(value) for value in days[-1].values()]
    chart = ElementTree.fromstring(written("svg", "--mesh-id", "lobby"))
    cells = chart.findall("{http://www.w3.org/2000/svg}rect")
    assert len(cells) > 7 * 24
    assert written("png").startswith(b"\x89PNG")
    assert written("parquet", "--user", "12345").endswith(b"PAR1")


def test_wrong_input(past: Home, run: Run, tmp_path: Path) -> None:
    """Each mistake has a sentence that says what is allowed."""
    home = ("--home", past.root)
    said = refused(run, 2, "stats", "show", "--start-date", "2026-13-01", *home)
    assert "write one such as 2026-11-29" in said
    said = refused(
        run, 2, "stats", "show", "--start-date", "2026-11-02", "--end-date", "2026-11-01", *home
    )
    assert "is before --start-date" in said
    assert "'stats top meshes'" in refused(
        run, 3, "stats", "show", "--mesh-id", "nowhere", *home
    ).replace("meshvisor ", "")
    (tmp_path / "config").mkdir()
    assert "nothing is recorded yet" in refused(run, 3, "stats", "show", "--home", tmp_path).lower()


def test_a_year_in_the_background(run: Run, pids: Path, tmp_path: Path) -> None:
    """A twin refuses wrong options at once, does the same as its command, and can be cancelled."""
    (tmp_path / "config").mkdir()
    home = ("--home", tmp_path)
    refused(run, 2, "stats", "aggregate-background", "--workers", "none", *home)
    assert not pids.exists()
    dates = ("--start-date", "2026-10-01", "--end-date", "2026-11-20", "--events-per-record", "20")
    run("stats", "generate-usage-events", *dates, *home)
    started = run("stats", "aggregate-background", "--verbose", "--workers", "2", *home).out
    assert started.startswith("aggregation runs in the background: PID ")
    found = look_for(Files(pids, "aggregation"))
    assert wait_for(found, 60)
    ended = look_for(found.files).status
    assert (ended.status, ended.progress) == (State.COMPLETED, 100.0)
    said = found.files.log.read_text()
    assert "Aggregated: 51 days; events: " in said
    assert "events of 2 hours counted" in said
    assert run("stats", "aggregate", *home).out == "All days are up to date.\n"
    shown = run("stats", "show", *home, "--json").json
    assert shown["totals"]["active_users"] > 10
    run("stats", "forget", "synthetic-1", *home)
    removed = run("stats", "remove-synthetic", *home, "--json").json["events"]
    assert removed > 1000
    db = sqlite3.connect(tmp_path / "var" / "statistics.db")
    for table in ("daily_counts", "daily_people", "people", "changed"):
        assert db.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,), table
    db.close()


def test_removing_synthetic_data_was_killed(past: Home, run: Run, tmp_path: Path) -> None:
    """Behind the events and before the statistics: the next one takes them out of these."""
    home = Home(tmp_path / "home")
    shutil.copytree(past.root, home.root)
    path = home.var / "statistics.db"
    days = ("stats", "show", "--home", home.root, "--json")
    before = run(*days).json["totals"]
    dates = ("--start-date", "2026-10-30", "--end-date", "2026-11-01", "--home", home.root)
    run("stats", "generate-usage-events", *dates)
    aggregate(path)
    assert run(*days).json["totals"] != before
    with closing(open_database(path)) as db:
        remove(db, quiet)
    assert run("stats", "remove-synthetic", "--home", home.root, "--json").json["events"] == 0
    found = run(*days).json
    assert (found["totals"], found["pending_hours"]) == (before, 0)


def test_two_that_make_joins(past: Home, run: Run) -> None:
    """The second is refused while the first one reads: both would make the same ones."""
    at = ("stats", "generate-community-events", "--home", past.root)
    with only_backfill(database_of(past)):
        assert "generate-community-events' of this home is under way" in refused(run, 2, *at)
    assert run(*at).code == 0


def test_each_long_command_has_a_twin(run: Run, pids: Path, tmp_path: Path) -> None:
    """It is in the help, and what it advises of a shared folder can be done."""
    (tmp_path / "config").mkdir()
    pids.mkdir()
    pids.chmod(0o777)
    shown = run("stats", "--help").out
    given = {"migrate-month": ("2026-10",)}
    for name, process in (
        ("aggregate", "aggregation"),
        ("migrate-events", "event-migration"),
        ("migrate-month", "event-migration"),
        ("generate-community-events", "community-event-generation"),
        ("generate-usage-events", "usage-event-generation"),
    ):
        twin = f"{name}-background"
        assert f"  {twin}" in shown
        words = ("stats", twin, *given.get(name, ()), "--home", tmp_path)
        said = refused(run, 2, *words)
        assert "others may write to" in said.lower()
        assert "write --force-pid-dir where" in said
        run(*words, "--force-pid-dir")
        found = look_for(Files(pids, process))
        assert f"stats {name}" in found.status.command
        assert "pid-dir" not in found.status.command
        assert wait_for(found, 60)
    log = Files(pids, "event-migration").log.read_text()
    assert "no such option" not in log.lower()


def test_what_the_pool_logs(run: Run, tmp_path: Path) -> None:
    """On the terminal each of its lines is whole, there once, and written by the command itself."""
    (tmp_path / "config").mkdir()
    dates = ("--start-date", "2026-10-01", "--end-date", "2026-10-20", "--home", tmp_path)
    run("stats", "generate-usage-events", *dates)
    done = run_process("stats", "aggregate", "--verbose", "--workers", "2", "--home", tmp_path)
    assert done.code == 0
    parts = re.findall(
        r"^[0-9:]{8} (\d+) (\d+) events of 2 hours counted in [0-9.]+ s$", done.err, re.MULTILINE
    )
    days = re.findall(r"^[0-9:]{8} (\d+) (2026-10-\d\d): (\d+) events$", done.err, re.MULTILINE)
    assert len(parts) == 20 * 12
    assert [day for _, day, _ in days] == [f"2026-10-{day:02}" for day in range(1, 21)]
    assert sum(int(events) for _, events in parts) == sum(int(events) for *_, events in days)
    assert len(parts) + len(days) == len(done.err.splitlines())
    (own,) = {process for process, *_ in days}
    workers = {process for process, _ in parts}
    assert len(workers) == 2
    assert own not in workers


def test_the_pool_has_no_terminal(capfd: pytest.CaptureFixture[str]) -> None:
    """Its processes hand on what they log: the one that reads their pipes writes all of it."""
    with log_to_terminal(verbose=True), ForkPool(log_something, 2) as pool:
        (handler,) = logging.getLogger("meshvisor.features.statistics").handlers
        taken: list[str] = []

        def take(record: logging.LogRecord) -> bool:
            taken.append(record.getMessage())
            return True

        handler.addFilter(take)
        assert list(pool.run(range(10))) == [0] * 10
    assert sorted(taken) == [f"task {number}" for number in range(10)]
    assert [line.split(" ", 2)[2] for line in capfd.readouterr().err.splitlines()] == taken


def log_something(task: int) -> int:
    """Log a line from a process of the pool."""
    logging.getLogger("meshvisor.features.statistics.test").debug("task %d", task)
    return 0


@pytest.mark.parametrize("command", ["generate-usage-events", "aggregate", "remove-synthetic"])
def test_a_disk_that_is_full(past: Home, tmp_path: Path, command: str) -> None:
    """It is said in a sentence, and what there was is as it was."""
    home = Home(tmp_path / "home")
    shutil.copytree(past.root, home.root)
    path = home.var / "statistics.db"
    db = sqlite3.connect(path)
    record(db, some_days(events=2000), synthetic=True)
    before = db.execute("SELECT count(*) FROM daily_people").fetchone()
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    db.close()
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (40_000, hard))
    try:
        done = run_process("stats", command, "--home", home.root)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert done.code == 1
    assert "cannot grow" in done.err
    assert "make room on its disk" in done.err
    db = sqlite3.connect(path)
    assert db.execute("SELECT count(*) FROM daily_people").fetchone() == before
    db.close()
