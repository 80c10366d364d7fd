"""People: forgetting them, retention, joins that were never seen, and synthetic ones."""

from __future__ import annotations

import sqlite3
from datetime import UTC as UTC_
from datetime import date, datetime
from pathlib import Path

import pytest

from meshvisor.features.statistics.aggregation.day import count_new_users
from meshvisor.features.statistics.generation.memberships import backfill
from meshvisor.features.statistics.generation.synthetic import Plan, generate, remove
from meshvisor.features.statistics.model.kinds import Kind
from meshvisor.features.statistics.store import partitions
from meshvisor.features.statistics.store.database import open_database, transaction
from meshvisor.features.statistics.store.forgetting import forget
from meshvisor.features.statistics.store.names import Names
from meshvisor.features.statistics.store.partitions import UsageEvent, months
from meshvisor.features.statistics.store.reading import Question, opened
from meshvisor.features.statistics.store.retention import limit_of, remove_old
from tests.features.statistics.usage import UTC, counted, quiet, record, run, some_days, statistics

HOUR = int(datetime(2026, 10, 31, 10, tzinfo=UTC_).timestamp())


def test_a_user_is_forgotten(db: sqlite3.Connection, path: Path) -> None:
    """Nothing in the file says who it was; what was done still counts, and so again later."""
    secret = "a-user-nobody-knows"
    record(db, some_days())
    record(db, [UsageEvent(HOUR, "lobby", secret, Kind.MESSAGE, "", 9)])
    run(path)
    before, people = counted(db), db.execute("SELECT count(*) FROM people").fetchone()[0]
    active = dict(db.execute("SELECT day, active FROM daily_users WHERE mesh = 0"))
    assert forget(db, [secret, "~unknown"], quiet) == 1
    count_new_users(db)
    assert counted(db) == before
    after = statistics(db)
    assert db.execute("SELECT count(*) FROM people").fetchone() == (people - 1,)
    now = dict(db.execute("SELECT day, active FROM daily_users WHERE mesh = 0"))
    assert now == {**active, "2026-10-31": active["2026-10-31"] - 1}
    assert forget(db, [secret], quiet) is None
    run(path, force=True)
    assert statistics(db) == after
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    for file in path.parent.iterdir():
        assert secret.encode() not in file.read_bytes(), file


def test_a_number_is_never_another_ones(db: sqlite3.Connection, path: Path) -> None:
    """A writer that remembers a user who was forgotten meanwhile asks again."""
    names = Names(db)

    def say(person: str) -> None:
        with transaction(db):
            partitions.append(db, names, [UsageEvent(HOUR, "bar", person, Kind.MESSAGE, "", 1)])

    say("ann")
    other = open_database(path)
    assert forget(other, ["ann"], quiet) == 1
    other.close()
    say("bob")
    say("ann")
    say("ann")
    run(path)
    with opened(path) as statistics:
        top = statistics.top(statistics.range(Question()), "users", "message", 9)
    assert top == [{"name": "ann", "count": 2}, {"name": "bob", "count": 1}]
    assert [row[0] for row in db.execute("SELECT id FROM people ORDER BY id")] == [2, 3]


def test_forgotten_while_it_is_aggregated(db: sqlite3.Connection, path: Path) -> None:
    """A day that was read before is counted again."""
    record(db, [UsageEvent(HOUR, "bar", "ann", Kind.MESSAGE, "", 5)])

    def meanwhile(percent: float, _task: str) -> None:
        if 0 < percent < 99:
            forget(db, ["ann"], quiet)

    run(path, meanwhile)
    assert counted(db)["2026-10-31", Kind.MESSAGE] == 5
    assert db.execute("SELECT count(*) FROM daily_people").fetchone() == (0,)


def test_forgetting_that_was_stopped(db: sqlite3.Connection, path: Path) -> None:
    """The name is gone at once, and the next one that is forgotten finishes it."""
    record(db, [UsageEvent(HOUR, "bar", "ann", Kind.MESSAGE, "", 5)])
    run(path)

    def stop(_percent: float, _task: str) -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        forget(db, ["ann"], stop)
    assert db.execute("SELECT count(*) FROM people WHERE text = 'ann'").fetchone() == (0,)
    assert backfill(db, [], [], quiet) == 0
    assert forget(db, ["bob"], quiet) == 1
    for table in ("people", "daily_people"):
        assert db.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,)


def test_people_who_are_in_use(db: sqlite3.Connection, path: Path) -> None:
    """Those of events that no statistics have yet stay, also when old months go."""
    record(db, some_days())
    run(path)
    record(db, [UsageEvent(HOUR + 86_400, "bar", "late", Kind.MESSAGE, "", 1)])
    now = datetime(2026, 12, 2, 12, tzinfo=UTC_).timestamp()
    assert remove_old(db, limit_of(now, 31)) == 1
    unknown = "SELECT count(*) FROM usage_2026_11 WHERE person NOT IN (SELECT id FROM people)"
    assert db.execute(unknown).fetchone() == (0,)
    assert run(path).days == 1
    plan = db.execute(
        "EXPLAIN QUERY PLAN SELECT person FROM usage_2026_11 WHERE hour IN "
        "(SELECT hour FROM changed)"
    ).fetchall()
    assert "SEARCH usage_2026_11 USING PRIMARY KEY" in str(plan)


def test_old_months_go(db: sqlite3.Connection, path: Path) -> None:
    """As a whole, with what is known of people; sums of days stay."""
    record(db, some_days())
    run(path)
    before = counted(db)
    now = datetime(2026, 12, 2, 12, tzinfo=UTC_).timestamp()
    assert remove_old(db, limit_of(now, 40)) == 0
    assert remove_old(db, limit_of(now, 31)) == 1
    assert months(db) == ["2026-11"]
    assert counted(db) == before
    days = {row[0] for row in db.execute("SELECT DISTINCT day FROM daily_people")}
    assert days == {"2026-11-01"}
    assert run(path).days == 0
    unknown = "SELECT count(*) FROM daily_people WHERE person NOT IN (SELECT id FROM people)"
    assert db.execute(unknown).fetchone() == (0,)


def test_joins_that_were_never_seen(db: sqlite3.Connection, path: Path) -> None:
    """Each user of a mesh gets one, in the hour in which they were seen first; once."""
    record(
        db,
        [
            UsageEvent(HOUR + 3600, "lobby", "ann", Kind.MESSAGE, "", 9),
            UsageEvent(HOUR, "lobby", "ann", Kind.COMMAND, "ping", 1),
            UsageEvent(HOUR, "bar", "ann", Kind.MESSAGE, "", 1),
            UsageEvent(HOUR, "lobby", "bob", Kind.MESSAGE, "", 1),
            UsageEvent(HOUR, "lobby", "bob", Kind.JOIN, "", 1),
        ],
    )
    assert backfill(db, ["lobby"], ["bob"], quiet) == 0
    assert backfill(db, ["lobby"], [], quiet) == 1
    assert backfill(db, [], [], quiet) == 1
    assert backfill(db, [], [], quiet) == 0
    joins = "SELECT hour, synthetic FROM usage_2026_10 WHERE kind = 3 ORDER BY id"
    assert db.execute(joins).fetchall() == [(HOUR, 0), (HOUR, 2), (HOUR, 2)]
    run(path)
    assert counted(db)["2026-10-31", Kind.JOIN] == 3


def test_synthetic_events_go_as_a_whole(db: sqlite3.Connection, path: Path) -> None:
    """Events and statistics are then as they would be without them."""
    record(db, some_days())
    run(path)
    before = statistics(db)
    plan = Plan(
        first=date(2026, 10, 1),
        last=date(2026, 11, 10),
        meshes=("lobby", "demo"),
        events=30,
        users=50,
        enriched=False,
        zone=UTC,
    )
    made = generate(db, plan, quiet)
    assert made > 1000
    assert run(path).days == 41
    assert counted(db)["2026-10-05", Kind.MESSAGE] > 0
    assert remove(db, quiet) == made
    run(path)
    assert statistics(db) == before


def test_generating_goes_on(db: sqlite3.Connection) -> None:
    """Stopped half-way and started again, it has made each day once."""
    plan = Plan(
        first=date(2026, 11, 1),
        last=date(2026, 11, 4),
        meshes=("demo",),
        events=20,
        users=9,
        enriched=True,
        zone=UTC,
    )

    def stop(_percent: float, task: str) -> None:
        if "2026-11-03" in task:
            raise InterruptedError

    with pytest.raises(InterruptedError):
        generate(db, plan, stop)
    first = db.execute("SELECT count(*) FROM usage_2026_11").fetchone()[0]
    second = generate(db, plan, quiet)
    (rows,) = db.execute("SELECT count(*) FROM usage_2026_11").fetchone()
    assert first + second == rows
    with transaction(db):
        db.execute("DROP TABLE usage_2026_11")
    assert generate(db, plan, quiet) == rows
