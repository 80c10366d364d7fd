"""Events are read as they were appended, and are there exactly when their change is."""

from __future__ import annotations

import re
import sqlite3

import pytest

from meshvisor.shared.events import log
from meshvisor.shared.events.event import Event, NewEvent
from meshvisor.shared.events.log import QUERIES, Wanted
from meshvisor.shared.store.connection import open_writer
from meshvisor.shared.store.store import Store
from tests.shared.events.conftest import appending

WHOLE_LOGS = {"last_used": "after the database was damaged", "cursors": "as many as subscribers"}
"""Statements that look at all there is, and why that is right."""


def test_an_event_has_the_columns_of_its_table(store: Store) -> None:
    """In the same order: rows are read as they are."""
    columns = store.read_now(lambda db: [row[1] for row in db.execute("PRAGMA table_info(events)")])
    assert columns == list(Event._fields)


def test_what_is_appended_is_read(store: Store) -> None:
    """Every column, with the version in the data."""
    new = NewEvent(
        at=5,
        kind="alert.created",
        subject="7",
        mesh_id="lobby",
        actor="web:ann",
        data={"title": "Wasser – läuft"},
        version=2,
        correlation_id="run-1",
        causation_id=3,
        depth=1,
    )
    store.write_now(lambda db: log.append(db, [new]))
    ((event,), after, *_) = store.read_now(lambda db: log.read(db, 0, 10))
    assert event[:6] == (1, 5, "alert.created", "7", "lobby", "web:ann")
    assert event.content == {"v": 2, "title": "Wasser – läuft"}
    assert (event.correlation_id, event.causation_id, event.depth, after) == ("run-1", 3, 1, 1)


def test_a_change_that_fails_has_no_event(store: Store) -> None:
    """What is undone leaves none, and no gap either."""

    def fail(db: sqlite3.Connection) -> None:
        appending("a.b")(db)
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        store.write_now(fail)
    store.write_now(appending("a.c"))
    page = store.read_now(lambda db: log.read(db, 0, 10))
    assert [(event.seq, event.kind) for event in page.events] == [(1, "a.c")]


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (Wanted(), [1, 2, 3, 4]),
        (Wanted(("job.done",)), [1]),
        (Wanted(("job.*",)), [1, 2]),
        (Wanted(("job.failed", "mesh.*")), [2, 3]),
        (Wanted(("*",)), [1, 2, 3, 4]),
        (Wanted(("nothing",)), []),
        (Wanted(mesh_id="lobby"), [2, 3]),
        (Wanted(subject="2"), [2]),
        (Wanted(("job.*",), "lobby"), [2]),
        (Wanted(field=("origin", "chat")), [2]),
        (Wanted(field=("count", "3")), []),
    ],
)
def test_only_what_is_wanted(store: Store, wanted: Wanted, found: list[int]) -> None:
    """By kinds and families, by mesh, and by a field of the data that is a text."""
    new = [
        NewEvent(1, "job.done", data={"origin": "schedule", "count": 3}),
        NewEvent(1, "job.failed", "2", mesh_id="lobby", data={"origin": "chat"}),
        NewEvent(1, "mesh.connected", mesh_id="lobby"),
        NewEvent(1, "jobber.x"),
    ]
    store.write_now(lambda db: log.append(db, new))
    page = store.read_now(lambda db: log.read(db, 0, 10, wanted))
    newest = store.read_now(lambda db: log.newest(db, 10, wanted))
    assert [event.seq for event in page.events] == found
    assert newest.events == page.events
    assert page.next == newest.next == 4, "what does not match need not be looked at again"


@pytest.mark.parametrize("value", ["chat", "Grüße", 'a "b" \\ c', "a\tb", "", "a/b"])
def test_a_field_is_found_whatever_it_holds(store: Store, value: str) -> None:
    """Also what JSON writes in other words, made by Python or by a trigger."""
    made = "json_object('v', 1, 'origin', ?)"
    statement = f"INSERT INTO events (at, kind, data) VALUES (1, 'job.done', {made})"
    store.write_now(lambda db: db.execute(statement, (value,)))
    store.write_now(lambda db: log.append(db, [NewEvent(1, "job.done", data={"origin": value})]))
    store.write_now(appending("job.done"))
    page = store.read_now(lambda db: log.read(db, 0, 10, Wanted(field=("origin", value))))
    assert [event.seq for event in page.events] == [1, 2]


def test_any_of_several(store: Store) -> None:
    """In one go: each event once, in the order of the log, page by page."""
    wanted = (Wanted(("job.done",), field=("n", "a")), Wanted(("job.*",), "lobby"), Wanted(("x",)))
    new = [
        NewEvent(1, "x"),
        NewEvent(1, "job.done", mesh_id="lobby", data={"n": "a"}),
        NewEvent(1, "job.done", data={"n": "b"}),
        NewEvent(1, "job.done", data={"n": "a"}),
        NewEvent(1, "y"),
    ]
    store.write_now(lambda db: log.append(db, new))
    pages = [
        store.read_now(lambda db: log.read_any(db, after, 2, wanted))  # noqa: B023
        for after in (0, 2, 4)
    ]
    assert [[event.seq for event in page.events] for page in pages] == [[1, 2], [4], []]
    assert [page.next for page in pages] == [2, 5, 5]
    plan = store.read_now(
        lambda db: [row[3] for row in db.execute(f"EXPLAIN QUERY PLAN {log._after_any(2)}", _ANY)]
    )
    assert not any(step.startswith("SCAN events") or "TEMP B-TREE" in step for step in plan), plan


_ANY = {"after": 0, "until": 9, "limit": 9} | {
    f"{name}_{number}": value for number in (0, 1) for name, value in Wanted().values().items()
}


def test_pages_follow_each_other(store: Store) -> None:
    """Each begins where the one before has ended; the last one ends with the log."""
    store.write_now(appending(*(f"k.{n % 2}" for n in range(7))))
    seen, after = [], 0
    while True:
        page = store.read_now(lambda db: log.read(db, after, 2, Wanted(("k.0",))))  # noqa: B023
        seen += [event.seq for event in page.events]
        if page.next == after:
            break
        after = page.next
    assert (seen, after) == ([1, 3, 5, 7], 7)
    assert store.read_now(lambda db: log.read(db, 99, 2)) == log.Page([], 99)
    two = store.read_now(lambda db: log.newest(db, 2))
    assert [event.seq for event in two.events] == [6, 7]


def test_an_actor_signs_what_was_just_appended(store: Store) -> None:
    """The events of one subject and family since a moment, no others."""

    def work(db: sqlite3.Connection) -> None:
        log.append(db, [NewEvent(1, "job.queued", "7")])
        before = log.last(db)
        new = [NewEvent(1, k, s) for k, s in (("job.x", "7"), ("job.x", "8"), ("mesh.x", "7"))]
        log.append(db, new)
        log.name_actor(db, before, "7", "job.*", "ann")

    store.write_now(work)
    page = store.read_now(lambda db: log.read(db, 0, 10))
    assert [event.actor for event in page.events] == [None, "ann", None, None]


@pytest.mark.parametrize("name", sorted(set(QUERIES) - set(WHOLE_LOGS)))
def test_no_scan(store: Store, name: str) -> None:
    """No statement reads all of the log but those that have to."""
    statement = QUERIES[name]
    names = set(re.findall(r"(?<!\w):(\w+)", statement))
    values = dict.fromkeys(names, 1) if names else (1,) * statement.count("?")
    db = open_writer(store.path)
    plan = [row[3] for row in db.execute(f"EXPLAIN QUERY PLAN {statement}", values)]
    db.close()
    scans = [step for step in plan if step.startswith("SCAN") and "VIRTUAL TABLE" not in step]
    assert scans == [], plan
    if name == "name_actor":  # of the one subject, and of it only what is new
        assert any("events_by_subject (subject=? AND rowid>?)" in step for step in plan), plan
    if name in {"after", "newest", "outdated", "kinds_kept", "next_event"}:
        assert any("INTEGER PRIMARY KEY (rowid" in step for step in plan), plan


@pytest.mark.parametrize("name", ["after", "newest"])
def test_events_of_a_subject_are_found_by_it(store: Store, name: str) -> None:
    """However long the log is, only they are read, and in its order."""
    statement = log._statement(name, Wanted(subject="7"))
    values = {**Wanted(subject="7").values(), "after": 0, "until": 9, "limit": 9}
    plan = store.read_now(
        lambda db: [row[3] for row in db.execute(f"EXPLAIN QUERY PLAN {statement}", values)]
    )
    assert any("events_by_subject (subject=? AND rowid>? AND rowid<?)" in step for step in plan)
    assert not any("TEMP B-TREE" in step for step in plan), plan


@pytest.mark.parametrize("name", ["after", "newest"])
def test_pages_are_not_sorted(store: Store, name: str) -> None:
    """They come in the order of the table."""
    db = open_writer(store.path)
    names = set(re.findall(r"(?<!\w):(\w+)", QUERIES[name]))
    plan = db.execute(f"EXPLAIN QUERY PLAN {QUERIES[name]}", dict.fromkeys(names, 1)).fetchall()
    db.close()
    assert not any("TEMP B-TREE" in row[3] for row in plan)
