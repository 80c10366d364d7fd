"""Every transition of a job is in the event log, with its change and once."""

from __future__ import annotations

import random
import sqlite3
from typing import Any

import pytest

from meshvisor.features.jobs import events as kinds
from meshvisor.features.jobs.supervisor.action_registry import ActionRegistry
from meshvisor.features.jobs.supervisor.decisions import Decisions
from meshvisor.features.jobs.supervisor.ledger import enqueue, time_limits
from meshvisor.features.jobs.supervisor.ledger.job import Creator, Millis
from meshvisor.shared.events import log
from meshvisor.shared.events.event import Event
from meshvisor.shared.events.log import Wanted
from meshvisor.shared.store.connection import open_writer
from meshvisor.supervisor.audit.log import Actor, AuditLog
from tests.features.jobs.supervisor.conftest import SPECS, Bench, new_job

ANN = Actor("ann", "command line")
WEB = Actor("953371 (bob)", "lobby", "953371")


async def events(bench: Bench, job_id: int | None = None, *wanted: str) -> list[Event]:
    """Return the events of a job, or all of some kinds."""
    await bench.engine.settled()
    page = await bench.store.read(lambda db: log.read(db, 0, 1000, Wanted(wanted)))
    return [one for one in page.events if job_id is None or one.subject == str(job_id)]


async def names(bench: Bench, job_id: int) -> list[str]:
    """Return the kinds of a job's events without their family."""
    return [one.kind.removeprefix("job.") for one in await events(bench, job_id)]


class Operator(Decisions):
    """Decides as the desk does, about jobs of puppets."""

    def __init__(self, bench: Bench) -> None:
        class JobDatabase:
            do = bench.engine.do
            read = bench.store.read
            now = bench.jobs_clock.now
            actions = ActionRegistry(SPECS)

        super().__init__(JobDatabase(), AuditLog(bench.store, bench.clock))  # type: ignore[arg-type]


async def test_a_job_from_its_submission_to_its_end(bench: Bench) -> None:
    """Who wants it, what it is, and what became of its items."""
    job_id = await bench.enqueue(new_job(items=2))
    await bench.engine.settled()
    bench.lanes.finish_items(bench.held(job_id), 2, random.Random(1))
    await bench.engine.settled()
    bench.lanes.finish(bench.held(job_id).running.job)
    queued, started, completed = await events(bench, job_id)
    about = {"v": 1, "action": "refresh", "lane": "default", "priority": 4, "origin": "chat"}
    assert [one.kind for one in (queued, started, completed)] == [
        "job.queued",
        "job.started",
        "job.completed",
    ]
    assert (queued.actor, queued.mesh_id, queued.content) == ("953371", "lobby", about)
    assert (started.actor, started.content) == (None, {**about, "attempt": 1})
    job = await bench.job(job_id)
    assert completed.at == job.finished_at
    assert completed.content == {
        **about,
        "attempt": 1,
        "reason": None,
        "error": None,
        "started_at": job.started_at,
        **{name: getattr(job, name) for name in ("pending", "done", "failed", "existing")},
    }


async def test_a_job_of_no_user_in_a_chat(bench: Bench) -> None:
    """The many that end together have their events, too."""
    creator = new_job().creator.__class__("ann", "ann", "schedule")
    ids = [await bench.enqueue(new_job(creator=creator)) for _ in range(3)]
    for job_id in ids:
        await bench.engine.settled()
        bench.lanes.finish(bench.held(job_id).running.job)
    for job_id in ids:
        assert await names(bench, job_id) == ["queued", "started", "completed"]


async def test_pauses_say_why(bench: Bench) -> None:
    """A rate limit, a retry, and making room for one that is more urgent."""
    job_id = await bench.enqueue(new_job("addplayer", items=3))
    await bench.engine.settled()
    bench.lanes.limit(bench.held(job_id).running.job, 5.0)
    await bench.engine.settled()
    await bench.advance(5)
    urgent = await bench.enqueue(new_job("redeem", priority=1))
    await bench.engine.settled()
    bench.lanes.step(random.Random(1))
    await bench.engine.settled()
    assert await names(bench, job_id) == ["queued", "started", "paused", "resumed", "preempted"]
    *_, paused, _, preempted = await events(bench, job_id)
    assert paused.content["reason"] == "rate_limited"
    assert paused.content["resume_after"] - paused.at == 5000
    assert preempted.content["preempted_by"] == urgent


async def test_a_failure_that_is_tried_again(bench: Bench) -> None:
    """Each attempt has its number, the last one its error."""
    job_id = await bench.enqueue(new_job())
    for _ in range(3):
        await bench.engine.settled()
        bench.lanes.finish(bench.held(job_id).running.job, "the API is gone")
        await bench.engine.settled()
        await bench.advance(40)
    found = await events(bench, job_id)
    assert [one.kind.removeprefix("job.") for one in found] == [
        *("queued", "started", "paused", "resumed", "paused", "resumed", "failed"),
    ]
    attempts = [one.content["attempt"] for one in found[1:]]
    assert attempts == [1, 1, 2, 2, 3, 3]
    assert (found[-1].content["error"], found[2].content["reason"]) == ("the API is gone", "retry")


async def test_a_crash(bench: Bench) -> None:
    """Jobs that run are interrupted; what has waited is not."""
    ids = [await bench.enqueue(new_job()) for _ in range(2)]
    await bench.recover(300_000)
    assert await names(bench, ids[0]) == ["queued", "started", "interrupted"]
    assert (await names(bench, ids[1]))[0] == "queued"
    assert "interrupted" not in await names(bench, ids[1])


async def test_a_draft_is_an_event_when_it_is_a_job(bench: Bench) -> None:
    """No subscriber hears of one that never becomes one."""
    new = new_job(items=5)
    made = await bench.engine.do(lambda db, transaction: enqueue.draft(db, new, transaction.now))
    lost = await bench.engine.do(lambda db, transaction: enqueue.draft(db, new, transaction.now))
    await bench.engine.do(lambda db, _: enqueue.write_slice(db, made.job_id, new.items, 0))
    assert await events(bench) == []
    await bench.engine.do(lambda db, it: enqueue.open_draft(db, made.job_id, new, it.now))
    await bench.engine.do(lambda db, _: enqueue.discard_draft(db, lost.job_id))
    assert (await names(bench, made.job_id))[0] == "queued"
    assert await events(bench, lost.job_id) == []
    shown = await bench.history(made.job_id)
    assert shown[0] == "queued"


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"mesh_id": "-"},
        {"key": "k"},
        {"target": "somebody"},
        {"options": {"retries": 1}},
        {"deadline": 60_000},
        {"wait_timeout": 60_000},
        {"data": {"name": "Jürgen"}, "priority": 1, "lane": "other"},
        {"creator": Creator("953371", "ann", "chat", "m1", "garden")},
        {"creator": Creator("953371", "ann", "chat", "m1", "garden", is_direct=True)},
    ],
    ids=lambda changes: "-".join(changes) or "plain",
)
def test_a_job_is_the_same_however_it_is_written(tmp_path: Any, changes: dict[str, Any]) -> None:
    """At once or as a draft first: its row and its event are alike."""
    db, now = open_writer(tmp_path / "meshvisor.db"), Millis(1_790_000_000_000)
    new = new_job(items=2, **changes)
    at_once = _row_and_event(db, enqueue.enqueue(db, new, now).job_id)
    db.execute("UPDATE jobs SET idempotency_key = NULL")
    made = enqueue.draft(db, new, now).job_id
    enqueue.write_slice(db, made, new.items, 0)
    enqueue.open_draft(db, made, new, now)
    assert _row_and_event(db, made) == at_once
    db.close()


def _row_and_event(db: sqlite3.Connection, job_id: int) -> tuple[Any, ...]:
    (row,) = db.execute("SELECT * FROM jobs WHERE id = ?", (job_id,)).fetchall()
    (event,) = db.execute("SELECT * FROM events WHERE subject = ?", (str(job_id),)).fetchall()
    one = Event(*event)
    assert one.kind == kinds.QUEUED.name
    return row[1:], one[1:3], one[4:]


async def test_decided_by_hand(bench: Bench) -> None:
    """What was asked for and what came of it at once have the same actor."""
    desk = Operator(bench)
    await bench.enqueue(new_job())
    job_id = await bench.enqueue(new_job())
    await desk.pause([job_id], ANN)
    await desk.resume([job_id], WEB)
    await desk.move([job_id], 1, None, WEB)
    await desk.cancel([job_id], WEB)
    await desk.cancel([job_id], WEB)  # changes nothing
    await desk.delete([job_id], False, ANN)
    noted = [
        (one.kind, one.actor, one.content.get("request")) for one in await events(bench, job_id)
    ]
    assert noted == [
        ("job.queued", "953371", None),
        ("job.paused", "ann", None),
        ("job.requested", "ann", "pause"),
        ("job.requested", "953371", "resume"),
        ("job.requested", "953371", "move"),
        ("job.cancelled", "953371", None),
        ("job.requested", "953371", "cancel"),
        ("job.deleted", "ann", None),
        ("job.requested", "ann", "delete"),
    ]
    moved = (await events(bench, job_id))[4].content
    assert (moved["before"], moved["after"]) == (
        "priority 4 in lane default",
        "priority 1 in lane default",
    )


async def test_one_that_runs_is_asked_first_and_ends_later(bench: Bench) -> None:
    """Its end has no actor: its runner has carried it out."""
    job_id = await bench.enqueue(new_job(items=2))
    await bench.engine.settled()
    await Operator(bench).delete([job_id], True, ANN)
    bench.lanes.step(random.Random(1))
    found = await events(bench, job_id)
    assert [(one.kind, one.actor) for one in found] == [
        ("job.queued", "953371"),
        ("job.started", None),
        ("job.requested", "ann"),
        ("job.cancelled", None),
        ("job.deleted", None),
    ]


async def test_holds(bench: Bench) -> None:
    """Set and ended by hand, or ended by themselves."""
    desk = Operator(bench)
    now = desk.now()
    await desk.hold("lane", "game", None, ANN)
    await desk.release("lane", "game", WEB)
    await desk.release("lane", "game", WEB)
    await desk.hold("all", "", now.replace(hour=now.hour + 1), ANN)
    await bench.advance(3600)
    found = await events(bench, None, "hold.*")
    assert [(one.kind, one.subject, one.actor) for one in found] == [
        ("hold.set", "lane game", "ann"),
        ("hold.ended", "lane game", "953371"),
        ("hold.set", "everything", "ann"),
        ("hold.ended", "everything", None),
    ]
    assert found[0].content == {"v": 1, "kind": "lane", "name": "game", "until": None}


async def test_one_that_gets_nowhere(bench: Bench) -> None:
    """It is one event."""
    job_id = await bench.enqueue(new_job(items=2))
    job = await bench.job(job_id)
    for _ in range(2):
        await bench.engine.do(
            lambda db, transaction: time_limits.mark_stuck(
                db, job_id, job.run, transaction.now, transaction.now
            )
        )
    (stuck,) = await events(bench, job_id, "job.stuck")
    assert stuck.content["since"] == stuck.at


async def test_what_is_undone_was_never_an_event(bench: Bench) -> None:
    """A piece of work that fails takes its events with it."""

    def fail(db: sqlite3.Connection, transaction: Any) -> None:
        enqueue.enqueue(db, new_job(), transaction.now)
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        await bench.engine.do(fail)
    assert await events(bench) == []


async def test_a_job_with_very_many_runs(bench: Bench) -> None:
    """Its history has enough of them; the log is cleaned anyway, and has all."""
    job_id = await bench.enqueue(new_job(items=3))
    await bench.engine.settled()
    await bench.store.write(lambda db: db.execute("UPDATE jobs SET run = 60000"))
    await bench.recover(0)
    await bench.advance(1)
    assert (await names(bench, job_id))[-2:] == ["interrupted", "resumed"]
    assert "active" not in (await bench.history(job_id))[2:]


def test_fields_are_those_of_the_list(tmp_path: Any) -> None:
    """What the triggers write is what the kinds say, no more and no less."""
    db = open_writer(tmp_path / "meshvisor.db")
    triggers = "".join(
        sql for (sql,) in db.execute("SELECT sql FROM sqlite_schema WHERE type = 'trigger'")
    )
    db.close()
    written = {kind.name for kind in kinds.KINDS if f"'{kind.name}'" in triggers}
    assert {"job.queued", "job.started", "job.resumed", "job.completed", "job.preempted"} <= written
    known = {field for kind in kinds.KINDS for field in kind.data}
    for objects in triggers.split("json_object(")[1:]:
        fields = [word.split("'")[1] for word in objects.split(")")[0].split(",")[::2]]
        assert set(fields) - {"v"} <= known
