"""Moving events to MongoDB and back: none is lost or there twice, whatever is killed when."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from meshvisor.features.statistics.generation.memberships import backfill
from meshvisor.features.statistics.generation.synthetic import remove
from meshvisor.features.statistics.migration import months as module
from meshvisor.features.statistics.migration.lock import only_migration
from meshvisor.features.statistics.migration.mongo import MongoEvents
from meshvisor.features.statistics.migration.months import How, Migration, Outcome, hash_of
from meshvisor.features.statistics.migration.retention import old_months, remove_month
from meshvisor.features.statistics.model.days import hours_of_month
from meshvisor.features.statistics.model.kinds import Kind
from meshvisor.features.statistics.store import partitions
from meshvisor.features.statistics.store.database import open_database
from meshvisor.features.statistics.store.partitions import UsageEvent
from meshvisor.features.statistics.store.retention import remove_unused_people
from meshvisor.shared.errors import ConflictError, MeshvisorError
from meshvisor.shared.paths import Home
from tests.features.conftest import run
from tests.features.statistics.usage import quiet, record, statistics
from tests.features.statistics.usage import run as aggregate
from tests.features.statistics.usage import some_days as days_of_events
from tests.mongo import NxServer, config
from tests.supervisor.cli.conftest import Run

__all__ = ["run"]

MONTHS = ["2026-10", "2026-11"]

some_days = partial(days_of_events, events=40)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NxServer]:
    """Return a server."""
    with NxServer(tmp_path_factory.mktemp("mongo")) as started:
        yield started


@pytest.fixture
def mongo(server: NxServer) -> Iterator[MongoEvents]:
    """Return an empty database of it."""
    with closing(MongoEvents(config(server.uri))) as opened:
        yield opened


def migrate(
    db: sqlite3.Connection, mongo: MongoEvents, months: list[str] = MONTHS, **how: Any
) -> Outcome:
    """Move months."""
    return Migration(db, mongo, How(**{"batch_size": 100, **how})).run(months, quiet)


def rows(db: sqlite3.Connection) -> list[tuple[Any, ...]]:
    """Return all events, with texts."""
    found: list[tuple[Any, ...]] = []
    for month in partitions.months(db):
        found += db.execute(
            "SELECT hour, u.id, m.text, p.text, kind, n.text, count, synthetic FROM "
            f"{partitions.table_of(month)} u LEFT JOIN meshes m ON m.id = mesh "
            "LEFT JOIN people p ON p.id = person LEFT JOIN names n ON n.id = name"
        ).fetchall()
    return sorted(found)


def documents(mongo: MongoEvents) -> list[dict[str, Any]]:
    """Return all documents."""
    return [
        one for month in mongo.months() for one in mongo.read_behind(month, 0, tuple(Kind), 100_000)
    ]


def test_there_and_back(db: sqlite3.Connection, path: Path, mongo: MongoEvents) -> None:
    """All events are there, and nothing of them here; and then it is the other way round."""
    record(db, some_days(), synthetic=True)
    aggregate(path)
    before, figures = rows(db), statistics(db)
    outcome = migrate(db, mongo, delete_old=True)
    assert (outcome.months, outcome.events) == (2, len(before))
    assert rows(db) == []
    assert len(documents(mongo)) == len(before)
    hashes = db.execute("SELECT hash, state FROM migrations WHERE month = '2026-11'").fetchall()
    there = [one for one in documents(mongo) if one["hour"] >= 1_793_491_200]
    assert hashes == [(str(hash_of(there)), "moved")]
    # To a database that has never heard of them, too.
    other = open_database(path.with_name("other.db"))
    assert migrate(other, mongo, to="sqlite").events == len(before)
    assert rows(other) == before
    record(other, [UsageEvent(before[0][0], "lobby", "ann", Kind.JOIN, "", 1)])
    assert len({row[1] for row in rows(other)}) == len(before) + 1
    other.close()
    assert migrate(db, mongo, to="sqlite", delete_old=True).events == len(before)
    assert rows(db) == before
    assert documents(mongo) == [] == mongo.months(), documents(mongo)[:3]
    assert statistics(db) == figures
    assert aggregate(path, force=True).skipped == []
    assert statistics(db) == figures


@pytest.mark.parametrize("kinds", [tuple(Kind), (Kind.MESSAGE, Kind.COMMAND)])
def test_days_that_are_elsewhere(
    db: sqlite3.Connection, path: Path, mongo: MongoEvents, kinds: tuple[int, ...]
) -> None:
    """They are read there, with what has come here since; the same comes out as without a move."""
    record(db, some_days())
    aggregate(path)
    late = UsageEvent(some_days()[0].hour, "lobby", "late", Kind.MESSAGE, "", 5)
    reference = path.with_name("reference.db")
    with closing(open_database(reference)) as other:
        record(other, [*some_days(), late])
        aggregate(reference)
        expected, shown = statistics(other), texts(other)
    before = statistics(db)
    migrate(db, mongo, kinds=kinds, delete_old=True)
    record(db, [late])
    outcome = aggregate(path)
    assert (outcome.days, [str(day) for day in outcome.skipped]) == (0, ["2026-10-30"])
    assert {**statistics(db), "changed": []} == before
    assert aggregate(path, elsewhere=mongo).days == 1
    assert statistics(db)["daily_counts"] == expected["daily_counts"]
    assert texts(db) == shown
    # What is in both counts once: a copy that is under way, and one that was not finished.
    migrate(db, mongo, ["2026-10"], kinds=kinds)
    assert aggregate(path, elsewhere=mongo, force=True, workers=2).days == 3
    assert statistics(db)["daily_counts"] == expected["daily_counts"]
    assert texts(db) == shown
    assert aggregate(path, elsewhere=mongo, meshes=("bar",)).skipped == []
    # Another zone has all days written anew.
    assert aggregate(path, elsewhere=mongo, zone=ZoneInfo("Asia/Tokyo")).skipped == []
    assert aggregate(path, elsewhere=mongo).skipped == []
    assert texts(db) == shown


def texts(db: sqlite3.Connection) -> list[tuple[Any, ...]]:
    """Return what is known of people by days, with names in place of numbers."""
    return db.execute(
        "SELECT day, coalesce(m.text, ''), p.text, kind, count FROM daily_people "
        "LEFT JOIN meshes m ON m.id = mesh JOIN people p ON p.id = person ORDER BY 1, 2, 3, 4"
    ).fetchall()


def test_late_events_of_a_month_that_was_moved(
    db: sqlite3.Connection, path: Path, mongo: MongoEvents
) -> None:
    """They are moved behind it; it stays moved meanwhile, and counts and hashes are of all."""
    record(db, some_days())
    migrate(db, mongo, delete_old=True)
    late = UsageEvent(some_days()[0].hour, "lobby", "late", Kind.MESSAGE, "", 5)
    record(db, [late, late._replace(kind=Kind.JOIN)])
    state = "SELECT state, moved, hash FROM migrations WHERE month = '2026-10'"
    assert migrate(db, mongo, ["2026-10"], batch_size=1, max_batches=1).events == 1
    assert db.execute(state).fetchone()[0] == "moved"
    assert aggregate(path, elsewhere=mongo).skipped == []
    assert migrate(db, mongo, ["2026-10"], delete_old=True).events == 1
    assert rows(db) == []
    there = mongo.read_behind("2026-10", 0, tuple(Kind), 100_000)
    assert db.execute(state).fetchone() == ("moved", len(there), str(hash_of(there)))


def test_some_kinds_come_back(db: sqlite3.Connection, path: Path, mongo: MongoEvents) -> None:
    """The others are still elsewhere, and known to be."""
    record(db, some_days())
    aggregate(path)
    before = statistics(db)
    migrate(db, mongo, delete_old=True)
    migrate(db, mongo, to="sqlite", kinds=(Kind.MESSAGE,), delete_old=True)
    (row,) = db.execute(
        "SELECT kinds, moved, hash FROM migrations "
        "WHERE month = '2026-10' AND direction = 'mongodb'"
    )
    there = mongo.read_behind("2026-10", 0, tuple(Kind), 100_000)
    assert row == ("2,3,4,5", len(there), str(hash_of(there)))
    assert len(aggregate(path, force=True).skipped) == 3
    assert aggregate(path, force=True, elsewhere=mongo).days == 3
    assert statistics(db)["daily_counts"] == before["daily_counts"]


def test_a_new_database_has_statistics(
    db: sqlite3.Connection, path: Path, mongo: MongoEvents
) -> None:
    """Events that come back to one that has never had them are counted there."""
    record(db, some_days())
    migrate(db, mongo)
    other = path.with_name("other.db")
    with closing(open_database(other)) as new:
        migrate(new, mongo, to="sqlite")
        assert aggregate(other).days == 3
        assert remove_unused_people(new) == 0


def test_what_is_made_of_all_months(db: sqlite3.Connection, path: Path, mongo: MongoEvents) -> None:
    """Joins that were never seen, and synthetic events, are looked for in both stores."""
    hour = some_days()[0].hour
    ann = UsageEvent(hour, "lobby", "ann", Kind.JOIN, "", 1)
    record(db, [ann, UsageEvent(hour, "lobby", "bob", Kind.MESSAGE, "", 1)])
    record(db, some_days(), synthetic=True)
    migrate(db, mongo, delete_old=True)
    record(db, [UsageEvent(hour + 40 * 86_400, "lobby", "ann", Kind.MESSAGE, "", 1)])
    assert backfill(db, [], [], quiet, mongo) == 1
    assert backfill(db, [], [], quiet, mongo) == 0
    (made,) = db.execute("SELECT hour, kind, synthetic FROM usage_2026_10").fetchall()
    assert made == (hour, Kind.JOIN, 2)
    assert remove(db, quiet, mongo) == len(some_days())
    assert {one["user"] for one in documents(mongo)} == {"ann", "bob"}
    assert aggregate(path, elsewhere=mongo).days == 4
    assert {row[2] for row in texts(db)} == {"ann", "bob"}


@pytest.mark.parametrize("to", ["mongodb", "sqlite"])
def test_the_server_is_killed(
    db: sqlite3.Connection, path: Path, tmp_path: Path, to: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the middle of it; started again it goes on, and all is there once."""
    monkeypatch.setattr("meshvisor.features.statistics.migration.mongo.TIMEOUT", 300)
    record(db, some_days())
    before = rows(db)
    with NxServer(tmp_path) as server, closing(MongoEvents(config(server.uri))) as mongo:
        if to == "sqlite":
            migrate(db, mongo, delete_old=True)

        def kill(percent: float, _task: str) -> None:
            if percent > 30:
                server.kill()

        with pytest.raises(MeshvisorError, match="start the same command"):
            Migration(db, mongo, How(to=to, batch_size=30, delete_old=True)).run(MONTHS, kill)
        server.start()
        first = migrate(db, mongo, to=to, batch_size=30, delete_old=True)
        assert 0 < first.events < len(before)
        if to == "mongodb":
            assert len(documents(mongo)) == len(before)
            assert rows(db) == []
        else:
            assert rows(db) == before
            assert mongo.months() == []


class Ended(BaseException):
    """The process has ended here."""


class Ending:
    """A server, and a process that ends before or behind one of its calls."""

    def __init__(self, mongo: MongoEvents, call: int) -> None:
        self._mongo = mongo
        self.left = call

    def __getattr__(self, name: str) -> Callable[..., Any]:
        method = getattr(self._mongo, name)

        def called(*arguments: Any) -> Any:
            self.left -= 1
            if self.left == 0:
                raise Ended
            result = method(*arguments)
            self.left -= 1
            if self.left == 0:
                raise Ended
            return result

        return called


@pytest.mark.parametrize("to", ["mongodb", "sqlite"])
def test_cancelled_in_each_phase(path: Path, mongo: MongoEvents, to: str) -> None:
    """Before and behind each call of the server; the next one goes on, and all is there once."""
    month = "2026-10"
    with closing(open_database(path)) as db:
        record(db, days_of_events(events=6))
        expected, digest = rows(db), hash_of(as_documents(db, month))
        some = [row for row in expected if row[0] in hours_of_month(month)]
        if to == "sqlite":
            migrate(db, mongo, [month], delete_old=True)
            copies = mongo.read_behind(month, 0, tuple(Kind), 1000)
    how = How(to=to, batch_size=30, delete_old=True)
    moment, is_through = 0, False
    while not is_through:
        moment += 1
        again = path.with_name(f"{moment}.db")
        shutil.copy(path, again)
        mongo.drop(month)
        if to == "sqlite":
            mongo.insert(month, copies)
        with closing(open_database(again)) as db:
            is_through = not has_ended(db, mongo, how, moment)
            there = mongo.months() if to == "sqlite" else partitions.months(db)
            Migration(db, mongo, how).run([one for one in there if one == month], quiet)
            if to == "sqlite":
                assert rows(db) == expected, moment
                assert hash_of(as_documents(db, month)) == digest, moment
                assert mongo.months() == [], moment
            else:
                assert len(rows(db)) == len(expected) - len(some), moment
                found = mongo.read_behind(month, 0, tuple(Kind), 1000)
                assert (len(found), hash_of(found)) == (len(some), digest), moment
    assert moment > 10


def has_ended(db: sqlite3.Connection, mongo: MongoEvents, how: How, moment: int) -> bool:
    """Migrate until a moment; False: it was through before."""
    try:
        Migration(db, Ending(mongo, moment), how).run(["2026-10"], quiet)  # type: ignore[arg-type]
    except Ended:
        return True
    return False


def as_documents(db: sqlite3.Connection, month: str) -> list[dict[str, Any]]:
    """Return the events of a month as they are sent."""
    table = partitions.table_of(month)
    question = (
        "SELECT hour, u.id, m.text, coalesce(p.text, ''), kind, coalesce(n.text, ''), count, "
        f"synthetic FROM {table} u JOIN meshes m ON m.id = mesh "
        "LEFT JOIN people p ON p.id = person LEFT JOIN names n ON n.id = name"
    )
    names = ("hour", "_id", "mesh", "user", "kind", "name", "count", "synthetic")
    return [dict(zip(names, row, strict=True)) for row in db.execute(question)]


def test_it_stops_and_goes_on(
    db: sqlite3.Connection, mongo: MongoEvents, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After so many batches, or while memory is short; nothing is copied twice."""
    record(db, some_days())
    total = len(rows(db))
    stopped = migrate(db, mongo, max_batches=2)
    assert (stopped.events, stopped.stopped) == (200, "2 batches are done")
    assert "memory" in migrate(db, mongo, max_memory_percent=0.001).stopped
    assert migrate(db, mongo).events == total - 200
    assert len(documents(mongo)) == total
    assert len(rows(db)) == total


def test_one_comes_late(db: sqlite3.Connection, mongo: MongoEvents) -> None:
    """An event that comes behind the place of the copy is copied before anything is removed."""
    record(db, some_days())
    total = len(rows(db))
    first, last = rows(db)[0][0], rows(db)[300][0]
    late = [UsageEvent(hour, "lobby", "late", Kind.MESSAGE, "", 5) for hour in (first, last)]

    def meanwhile(_percent: float, task: str) -> None:
        if task.endswith(": 200"):
            record(db, late)

    how = How(batch_size=100, delete_old=True)
    outcome = Migration(db, mongo, how).run(["2026-10"], meanwhile)
    there = mongo.read_behind("2026-10", 0, tuple(Kind), total + 9)
    assert outcome.events == len(there)
    assert [one["user"] for one in there[-2:]] == ["late", "late"]
    (stored,) = db.execute("SELECT hash FROM migrations WHERE month = '2026-10'").fetchone()
    assert stored == str(hash_of(there))
    assert len(rows(db)) + len(there) == total + 2


def test_some_kinds(db: sqlite3.Connection, mongo: MongoEvents) -> None:
    """The others stay where they are."""
    record(db, some_days())
    before = rows(db)
    migrate(db, mongo, kinds=(Kind.JOIN, Kind.LEAVE), delete_old=True)
    assert {one["kind"] for one in documents(mongo)} == {Kind.JOIN, Kind.LEAVE}
    assert len(documents(mongo)) + len(rows(db)) == len(before)


def test_months_that_are_too_old(db: sqlite3.Connection, path: Path, mongo: MongoEvents) -> None:
    """They are removed from the server, where they were moved or copied to; sums of days stay."""
    record(db, some_days())
    aggregate(path)
    before = statistics(db)
    migrate(db, mongo, ["2026-10"], delete_old=True)
    migrate(db, mongo, ["2026-11"])
    mongo.insert("2026-09", [{"_id": 1, "kind": 1}])  # of another program
    assert old_months(db, "2026-10") == []
    assert old_months(db, "2026-11") == ["2026-10"]
    remove_month(db, mongo, "2026-10")
    assert mongo.months() == ["2026-09", "2026-11"]
    assert old_months(db, "2027-01") == ["2026-11"]
    assert aggregate(path, force=True, elsewhere=mongo).days == 1
    assert statistics(db)["daily_counts"] == before["daily_counts"]


def test_two_at_a_time(path: Path) -> None:
    """The second is refused; the lock goes with its holder."""
    path.parent.mkdir()
    with (
        only_migration(path),
        pytest.raises(ConflictError, match="under way"),
        only_migration(path),
    ):
        pass
    with only_migration(path):
        pass


def test_another_event_there(db: sqlite3.Connection, mongo: MongoEvents) -> None:
    """One of the same number is found, and nothing is removed."""
    record(db, some_days())
    wrong = {**dict.fromkeys(module.FIELDS, 0), "_id": rows(db)[0][1], "mesh": "other"}
    mongo.insert("2026-10", [wrong])
    before = len(rows(db))
    with pytest.raises(MeshvisorError, match="not the same in both stores"):
        migrate(db, mongo, delete_old=True)
    assert len(rows(db)) == before


def test_without_contact_nothing_is_written_down(
    db: sqlite3.Connection, run: Run, tmp_path: Path
) -> None:
    """A month of which nothing can be elsewhere needs no server; see also `test_commands`."""
    record(db, some_days())
    away = config("mongodb://127.0.0.1:1", serverSelectionTimeoutMS=1)
    refused = pytest.raises(MeshvisorError, match="does not do what is asked")
    with closing(MongoEvents(away)) as mongo, refused:
        migrate(db, mongo)
    assert db.execute("SELECT * FROM migrations").fetchall() == []
    # As a version before has written it down.
    db.execute(
        "INSERT INTO migrations VALUES ('mongodb 2026-10 1', 'mongodb', '2026-10', '1', 'copying', "
        "-1, 0, 0, '0', 1)"
    )
    (tmp_path / "config").mkdir()
    at = ("--home", tmp_path)
    assert run("stats", "generate-community-events", *at).code == 0
    assert run("stats", "forget", "synthetic-1", *at).code == 0


def record_late(home: Home) -> None:
    """Record an event of the first day."""
    with closing(open_database(home.var / "statistics.db")) as db:
        record(db, [UsageEvent(some_days()[0].hour, "lobby", "late", Kind.MESSAGE, "", 5)])


def check_that_all_or_nothing_is_forgotten(run: Run, home: Home) -> None:
    """Without the server that has some of it nothing is changed here."""
    refused = run("stats", "forget", "synthetic-1", "--home", home.root)
    assert refused.code == 3
    assert "Events of 2026-10 are in MongoDB, and no MongoDB is configured" in refused.err
    with closing(open_database(home.var / "statistics.db")) as db:
        assert db.execute("SELECT 1 FROM people WHERE text = 'synthetic-1'").fetchone()


def test_commands(server: NxServer, run: Run, tmp_path: Path) -> None:
    """Copying a month, its status, forgetting there as well, and what cannot be."""
    home = Home(tmp_path)
    home.config.mkdir()
    at, uri = ("--home", home.root), config(server.uri)
    address = ("--uri", f"{server.uri}/{uri.database}")
    db = open_database(home.var / "statistics.db")
    record(db, some_days())
    db.close()
    assert "no MongoDB is configured" in run("stats", "migrate-events", *at).err.replace("No", "no")
    assert "is no type of event" in run("stats", "migrate-events", "--event-types", "view", *at).err
    stored = run("stats", "migrate-events", "--event-types", "message", "viw", *at).err
    assert "'viw' is no type of event" in stored
    assert "no events of 2025-01" in run("stats", "migrate-month", "2025-01", *address, *at).err
    moved = run("stats", "migrate-month", "2026-10", "--delete-old", *address, *at, "--json").json
    assert (moved["months"], moved["stopped"]) == (1, "")
    (status,) = run("stats", "migration-status", *at, "--json").json["months"]
    shown = run("stats", "migration-status", *at)
    assert [line.split()[:3] for line in shown.out.splitlines()[1:]] == [
        ["2026-10", "mongodb", "moved"]
    ]
    assert status["updated_at"].endswith("+00:00")
    assert (status["month"], status["state"], status["events"]) == (
        "2026-10",
        "moved",
        moved["events"],
    )
    record_late(home)
    done = run("stats", "aggregate", *address, *at, "--json").json
    assert (done["left_out"], done["days"]) == ([], 3)
    record_late(home)
    alone = run("stats", "aggregate", *at)
    assert alone.code == 3
    assert "1 day is left out, from 2026-10-30 to 2026-10-30" in alone.out
    assert "no MongoDB is configured" in alone.out
    assert "migrate-month 2026-10 --to sqlite" in alone.out
    forced = run("stats", "aggregate", "--force", *at, "--json")
    assert (forced.code, len(forced.json["left_out"]), forced.json["days"]) == (3, 2, 1)
    check_that_all_or_nothing_is_forgotten(run, home)
    forgotten = run("stats", "forget", "synthetic-1", *address, *at, "--json").json
    assert forgotten["events"] > 0
    with closing(MongoEvents(uri)) as mongo:
        users = {one["user"] for one in documents(mongo)}
    assert "synthetic-1" not in users
    assert "synthetic-2" in users
