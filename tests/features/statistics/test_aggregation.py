"""Aggregation: what statistics say is what was recorded, whatever comes late or is killed when."""

from __future__ import annotations

import logging
import multiprocessing
import os
import signal
import sqlite3
import subprocess
import sys
from collections import Counter, defaultdict
from contextlib import closing
from datetime import UTC as UTC_
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from meshvisor.features.statistics.model.days import day_of
from meshvisor.features.statistics.model.kinds import Kind
from meshvisor.features.statistics.store import partitions
from meshvisor.features.statistics.store.database import open_database
from meshvisor.features.statistics.store.partitions import UsageEvent
from tests.features.statistics.usage import (
    FIRST,
    LAST,
    UTC,
    counted,
    record,
    run,
    some_days,
    statistics,
    summed,
    totals,
)


def hour(text: str) -> int:
    """Return an hour of UTC."""
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC_).timestamp())


def joins(text: str, *people: str, mesh: str = "lobby") -> list[UsageEvent]:
    """Return that people have joined in an hour."""
    return [UsageEvent(hour(text), mesh, person, Kind.JOIN, "", 1) for person in people]


def users(db: sqlite3.Connection) -> dict[str, tuple[int, int]]:
    """Return active and new users of all meshes by day."""
    rows = db.execute("SELECT day, active, new FROM daily_users WHERE mesh = 0")
    return {day: (active, new) for day, active, new in rows}


@pytest.mark.parametrize("workers", [1, 2])
def test_it_counts_what_was_recorded(db: sqlite3.Connection, path: Path, workers: int) -> None:
    """For each mesh and all, by day, hour, command and user, with one process or more."""
    events = some_days()
    record(db, events)
    outcome = run(path, workers=workers)
    assert (outcome.days, outcome.events) == (3, len(events))
    for mesh in ("", "lobby", "bar"):
        expected: Counter[tuple[str, int]] = Counter()
        people = defaultdict(set)
        for event in events:
            if mesh in {"", event.mesh_id}:
                day = day_of(event.hour, UTC).isoformat()
                expected[day, event.kind] += event.times
                people[day].add(event.person)
        assert counted(db, mesh) == expected
        active = db.execute(
            "SELECT day, active FROM daily_users WHERE mesh = "
            "coalesce((SELECT id FROM meshes WHERE text = ?), 0)",
            (mesh,),
        )
        assert dict(active) == {day: len(those) for day, those in people.items()}
    (commands,) = db.execute(
        "SELECT sum(count) FROM daily_names WHERE mesh = 0 AND kind = 2"
    ).fetchone()
    assert commands == sum(event.times for event in events if event.kind == Kind.COMMAND)
    (most,) = db.execute("SELECT max(hour) FROM daily_counts").fetchone()
    assert most == 23


def test_totals_follow_their_days(db: sqlite3.Connection, path: Path) -> None:
    """A day that is counted again, for all or one mesh, has its totals written again."""
    record(db, some_days())
    run(path)
    assert totals(db) == summed(db) != []
    record(db, joins("2026-10-31T12:00", "ann", "bob"))
    run(path)
    assert totals(db) == summed(db)
    record(db, joins("2026-10-31T12:00", "cid", mesh="bar"))
    run(path, meshes=("bar",))
    assert totals(db) == summed(db)
    partitions.drop(db, "2026-10")
    run(path, force=True)
    assert totals(db) == summed(db)


def test_a_database_of_the_version_before_gets_its_totals(
    db: sqlite3.Connection, path: Path
) -> None:
    """What was aggregated then is in charts now, without its events."""
    record(db, some_days())
    run(path)
    expected = totals(db)
    db.execute("DROP TABLE daily_totals")
    db.execute("DELETE FROM monthly_people")
    db.execute("PRAGMA user_version = 1")
    with closing(open_database(path)) as opened_again:
        assert totals(opened_again) == expected


def test_done_again_nothing_changes(db: sqlite3.Connection, path: Path) -> None:
    """Without changes there is nothing to do; by force the same comes out."""
    record(db, some_days())
    run(path)
    before = statistics(db)
    assert before["changed"] == []
    assert run(path).days == 0
    assert run(path, force=True).days == 3
    assert statistics(db) == before


def test_late_events(db: sqlite3.Connection, path: Path) -> None:
    """Their day is counted again and no other one, and who was new later is so no more."""
    record(db, joins("2026-11-02T10", "ann", "bob") + joins("2026-11-04T10", "ann", "cid"))
    assert run(path).days == 2
    assert users(db) == {"2026-11-02": (2, 2), "2026-11-04": (2, 1)}
    record(db, joins("2026-11-01T10", "cid", "bob", mesh="bar"))
    outcome = run(path)
    assert (outcome.days, outcome.events) == (1, 2)
    assert users(db) == {"2026-11-01": (2, 2), "2026-11-02": (2, 1), "2026-11-04": (2, 0)}


def test_events_that_come_meanwhile(db: sqlite3.Connection, path: Path) -> None:
    """They are in no statistics or in the next ones, and never overlooked."""
    record(db, joins("2026-11-02T10", "ann"))

    def meanwhile(percent: float, _task: str) -> None:
        if 0 < percent < 99:
            record(db, joins("2026-11-02T10", "bob"))

    run(path, meanwhile)
    (left,) = db.execute("SELECT count(*) FROM changed").fetchone()
    assert left == 1
    run(path)
    (recorded,) = db.execute("SELECT count(*) FROM usage_2026_11").fetchone()
    assert counted(db)["2026-11-02", Kind.JOIN] == recorded > 1
    assert statistics(db)["changed"] == []


class StopError(Exception):
    """It is stopped here."""


@pytest.mark.parametrize("force", [False, True])
def test_stopped_anywhere(path: Path, db: sqlite3.Connection, force: bool) -> None:
    """What was stopped goes on when it is started again, and the same comes out."""
    record(db, some_days())
    run(path, force=force)
    whole = statistics(db)
    calls, stopped_at = 0, 0

    def stop(_percent: float, _task: str) -> None:
        nonlocal calls
        calls += 1
        if calls == stopped_at:
            raise StopError

    for moment in range(3, 40, 6):
        stopped_at = moment
        for table in whole:
            db.execute(f"DELETE FROM {table}")
        db.execute("DELETE FROM facts WHERE name = 'zone'")
        hours = "SELECT hour, id FROM usage_2026_10 UNION SELECT hour, id FROM usage_2026_11"
        db.execute(f"INSERT INTO changed SELECT hour, max(id) FROM ({hours}) GROUP BY hour")
        calls = 0
        with pytest.raises(StopError):
            run(path, stop, force=force)
        (done,) = db.execute("SELECT count(DISTINCT day) FROM daily_counts").fetchone()
        assert run(path, force=force).days == 3 - done
        assert statistics(db) == whole


KILLED = """
import os, signal, sys
from pathlib import Path
from tests.features.statistics.usage import run

def kill(_percent, task):
    if sys.argv[2] in task:
        os.kill(os.getpid(), signal.SIGKILL)

run(Path(sys.argv[1]), kill, force=True)
"""


def kill_at(path: Path, day: date) -> None:
    """Start a run by force, and kill it when it comes to a day."""
    done = subprocess.run([sys.executable, "-c", KILLED, path, str(day)], check=False)
    assert done.returncode == -signal.SIGKILL


def test_a_run_by_force_is_killed(path: Path, db: sqlite3.Connection) -> None:
    """The next one by force goes on, whatever has run meanwhile, and does late events as well."""
    record(db, some_days())
    run(path)
    kill_at(path, LAST)
    assert run(path).days == 0  # as the schedule does every ten minutes
    record(db, joins(f"{FIRST}T10", "late"))
    kill_at(path, LAST)  # the day of the late event is done, and nothing behind it again
    assert statistics(db)["changed"] == []
    outcome = run(path, force=True)
    assert (outcome.days, outcome.resumed_after) == (1, FIRST + timedelta(days=1))
    assert statistics(db)["bookmarks"] == []
    assert run(path, force=True).days == 3


def test_a_bookmark_that_is_not_wanted(path: Path, db: sqlite3.Connection) -> None:
    """A run by force that was stopped begins anew when that is asked for."""
    record(db, some_days())
    run(path)

    def stop(_percent: float, task: str) -> None:
        if str(LAST) in task:
            raise StopError

    with pytest.raises(StopError):
        run(path, stop, force=True)
    with pytest.raises(StopError):
        run(path, stop, force=True)

    def stop_at_once(_percent: float, _task: str) -> None:
        raise StopError

    with pytest.raises(StopError):
        run(path, stop_at_once, force=True, ignore_bookmark=True)
    assert run(path, force=True).days == 3


def test_days_of_a_zone(path: Path, db: sqlite3.Connection) -> None:
    """A day is one of the zone, also where it is in two months; another zone counts all again."""
    record(db, joins("2026-10-31T22", "ann") + joins("2026-10-31T23", "bob"))
    record(db, joins("2026-10-25T00", "ann") + joins("2026-10-25T01", "ann"))
    run(path)
    assert set(users(db)) == {"2026-10-25", "2026-10-31"}
    run(path, zone=ZoneInfo("Europe/Berlin"))
    assert users(db) == {"2026-10-25": (1, 1), "2026-10-31": (1, 0), "2026-11-01": (1, 1)}
    # Clocks are set back: two hours have the same name.
    rows = db.execute("SELECT hour, count FROM daily_counts WHERE day = '2026-10-25' AND mesh = 0")
    assert rows.fetchall() == [(2, 2)]


def test_one_mesh(path: Path, db: sqlite3.Connection) -> None:
    """It alone is counted; the others still have to be."""
    record(db, joins("2026-11-02T10", "ann") + joins("2026-11-02T10", "ann", mesh="bar"))
    assert run(path, meshes=("bar",)).events == 1
    assert counted(db, "bar") == {("2026-11-02", Kind.JOIN): 1}
    assert counted(db, "lobby") == Counter()
    assert run(path).events == 2


def test_a_process_of_the_pool_is_killed(
    db: sqlite3.Connection, path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """On each day; all is counted once, and what they log is in the one log."""
    record(db, some_days())
    run(path)
    expected = statistics(db)
    killed: set[str] = set()

    def kill(_percent: float, task: str) -> None:
        if task.startswith("Day") and task not in killed:
            killed.add(task)
            multiprocessing.active_children()[0].kill()

    caplog.clear()
    with caplog.at_level(logging.DEBUG, logger="meshvisor.features.statistics"):
        run(path, kill, workers=2, force=True)
    assert statistics(db) == expected
    assert len(killed) == 3
    said = [record for record in caplog.records if "hours counted in" in record.getMessage()]
    assert len(said) >= 36  # each part of two hours; one that was killed may have said it before
    assert os.getpid() not in {record.process for record in said}
    deaths = [record for record in caplog.records if "has died" in record.getMessage()]
    assert len(deaths) == 3
    assert multiprocessing.active_children() == []
