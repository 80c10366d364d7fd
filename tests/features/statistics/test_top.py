"""Top lists of users: whole months are read as one, and the figures are those of their days."""

from __future__ import annotations

import logging
import sqlite3
from contextlib import closing
from datetime import UTC as UTC_
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from meshvisor.features.statistics.generation.synthetic import Plan, generate, remove
from meshvisor.features.statistics.store import database
from meshvisor.features.statistics.store.database import open_database
from meshvisor.features.statistics.store.forgetting import forget
from meshvisor.features.statistics.store.reading import Question, Statistics, opened
from meshvisor.features.statistics.store.retention import limit_of, remove_old
from tests.features.statistics.usage import MESHES, UTC, quiet, record, run, some_days

FIRST, LAST = date(2026, 8, 10), date(2026, 11, 20)
"""Two whole months and parts of two."""

RANGES = [
    (FIRST, LAST),
    (FIRST + timedelta(days=1), LAST - timedelta(days=1)),
    (date(2026, 9, 1), date(2026, 9, 30)),
    (date(2026, 9, 2), date(2026, 10, 30)),
    (date(2026, 9, 5), date(2026, 9, 20)),
    (date(2026, 9, 20), date(2026, 10, 10)),
    (date(2026, 10, 31), date(2026, 11, 1)),
    (date(2025, 1, 5), date(2027, 1, 5)),
    (date(2025, 1, 5), date(2025, 2, 5)),
]


@pytest.fixture(scope="module")
def past(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a database with the statistics of some months; to be read only."""
    path = tmp_path_factory.mktemp("past") / "statistics.db"
    with closing(open_database(path)) as db:
        plan = Plan(
            first=FIRST, last=LAST, meshes=MESHES, events=6, users=30, enriched=True, zone=UTC
        )
        generate(db, plan, quiet)
    run(path)
    return path


def days_of(statistics: Statistics, mesh: int, kind: int, bounds: tuple[date, date]) -> list[int]:
    """Return what each user has, the most first, by the table of days."""
    rows = statistics._db.execute(
        "SELECT sum(count) FROM daily_people WHERE mesh = ? AND kind = ? AND day BETWEEN ? AND ? "
        "GROUP BY person ORDER BY 1 DESC LIMIT 10",
        (mesh, kind, *map(str, bounds)),
    )
    return [count for (count,) in rows]


@pytest.mark.parametrize("bounds", RANGES)
def test_top_users_of_any_range(past: Path, bounds: tuple[date, date]) -> None:
    """They have what they have on its days, together and in one mesh."""
    with opened(past) as statistics:
        for mesh_id in (None, "bar"):
            what = statistics.range(Question(mesh_id=mesh_id, start=bounds[0], end=bounds[1]))
            for kind, number in (("message", 1), ("command", 2), ("join", 3)):
                found = statistics.top(what, "users", kind, 10)
                expected = days_of(statistics, what.mesh, number, bounds)
                assert [row["count"] for row in found] == expected
            active = statistics.totals(what)["active_users"]
            (people,) = statistics._db.execute(
                "SELECT count(DISTINCT person) FROM daily_people WHERE mesh = :mesh "
                "AND day BETWEEN :first AND :last",
                what.bounds,
            ).fetchone()
            assert active == people


def test_meshes_of_a_user(past: Path) -> None:
    """Together they have what the user has in all."""
    with opened(past) as statistics:
        every = statistics.range(Question(start=FIRST, end=LAST))
        best = statistics.top(every, "users", "message", 1)[0]
        one = statistics.range(Question(start=FIRST, end=LAST, people=(best["name"],)))
        found = statistics.top(one, "meshes", "message", 10)
        assert {row["name"] for row in found} <= set(MESHES)
        assert sum(row["count"] for row in found) == best["count"]
        assert statistics.top(one, "users", "message", 10) == [best]


Month = tuple[int, int, int, str, int]
"""Mesh, kind, person, month and count."""


def months(
    db: sqlite3.Connection,
) -> tuple[list[tuple[int, int, int, str, int]], list[tuple[int, int, int, str, int]]]:
    """Return the table of months, and what it has to be."""
    columns = "mesh, kind, person, month, count FROM monthly_people"
    kept = db.execute(f"SELECT {columns} ORDER BY 1, 2, 3, 4").fetchall()
    summed = db.execute(
        "SELECT mesh, kind, person, substr(day, 1, 7), sum(count) FROM daily_people "
        "GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4"
    ).fetchall()
    return kept, summed


def test_months_follow_their_days(db: sqlite3.Connection, path: Path) -> None:
    """Whatever is added, done again, forgotten or removed."""
    record(db, some_days())
    run(path)
    kept, summed = months(db)
    assert kept == summed != []
    record(db, some_days(events=10))
    run(path, meshes=("bar",))
    run(path)
    kept, summed = months(db)
    assert kept == summed
    (name,) = db.execute("SELECT text FROM people LIMIT 1").fetchone()
    forget(db, [name], quiet)
    kept, summed = months(db)
    assert kept == summed
    now = datetime(2026, 12, 2, 12, tzinfo=UTC_).timestamp()
    remove_old(db, limit_of(now, 31))
    kept, summed = months(db)
    assert {month for _, _, _, month, _ in kept} == {"2026-11"}
    assert kept == summed
    record(db, some_days(events=10), synthetic=True)
    remove(db, quiet)
    run(path, force=True)
    kept, summed = months(db)
    assert kept == summed


def test_a_database_of_the_version_before_gets_its_months(
    db: sqlite3.Connection, path: Path
) -> None:
    """And keeps them from then on."""
    record(db, some_days())
    run(path)
    expected, _ = months(db)
    for trigger in ("day_added", "day_removed"):
        db.execute(f"DROP TRIGGER {trigger}")
    db.execute("DROP TABLE monthly_people")
    db.execute("DROP INDEX daily_people_by_day")
    db.execute("CREATE INDEX daily_people_day ON daily_people (day)")
    db.execute("PRAGMA user_version = 2")
    with closing(open_database(path)) as opened_again:
        assert months(opened_again) == (expected, expected)
    record(db, some_days(events=10))
    run(path)
    kept, summed = months(db)
    assert kept == summed != expected


@pytest.mark.parametrize("large", [0, 1_000_000_000])
def test_bringing_a_large_database_along_is_announced(
    db: sqlite3.Connection, path: Path, monkeypatch: pytest.MonkeyPatch, large: int
) -> None:
    """Once, before it begins, for others wait meanwhile; a small one takes no time."""
    announced: list[str] = []
    db.execute("PRAGMA user_version = 2")

    class Listener(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            version = db.execute("PRAGMA user_version").fetchone()
            announced.append(f"{version[0]}: {record.getMessage()}")

    monkeypatch.setattr(database, "LARGE", large)
    listener = Listener()
    database.log.addHandler(listener)
    for _ in range(2):
        open_database(path).close()
    database.log.removeHandler(listener)
    assert [line[:2] for line in announced] == ([] if large else ["2:"])


def test_a_year_is_not_read_day_by_day(past: Path) -> None:
    """A list of users looks up days beside whole months only, one by one."""
    with opened(past) as statistics:
        asked: list[str] = []
        statistics._db.set_trace_callback(asked.append)
        statistics.top(statistics.range(Question(start=FIRST, end=LAST)), "users", "message", 10)
        statistics._db.set_trace_callback(None)
        plan = str(statistics._db.execute(f"EXPLAIN QUERY PLAN {asked[-1]}").fetchall())
    assert "SEARCH monthly_people USING PRIMARY KEY (mesh=? AND kind=?)" in plan
    assert "daily_people_by_day (day=? AND mesh=? AND kind=?)" in plan
    assert "SCAN daily_people" not in plan
