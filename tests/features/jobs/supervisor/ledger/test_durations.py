"""How long jobs took and waited: counted once, kept when they are gone."""

from __future__ import annotations

import random
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from meshvisor.features.jobs.supervisor.ledger import (
    by_hand,
    claims,
    durations,
    enqueue,
    housekeeping,
    running,
)
from meshvisor.features.jobs.supervisor.ledger.durations import HOUR, KEPT, QUERIES, Record, Spread
from meshvisor.features.jobs.supervisor.ledger.job import Millis
from meshvisor.features.jobs.supervisor.ledger.repair import LedgerRepair
from meshvisor.shared.store.connection import open_writer
from meshvisor.shared.store.salvage import salvage
from tests.features.jobs.supervisor.conftest import Bench, new_job


async def found(bench: Bench) -> dict[str, Record]:
    """Return what is known, by action."""
    await bench.engine.settled()
    await bench.advance(0.001)
    now = bench.jobs_clock.now()
    records = await bench.store.read(lambda db: durations.records(db, Millis(0), now))
    return {record.action: record for record in records}


async def test_each_end_is_counted_once(bench: Bench) -> None:
    """With its time and its wait, also where its creator hears of it, and after it is deleted."""
    fast = await bench.enqueue(new_job("notifications"))
    await bench.advance(2)
    waits = await bench.enqueue(new_job(items=2))
    await bench.advance(8)
    bench.lanes.finish(bench.held(fast).running.job)
    await bench.engine.settled()
    await bench.advance(20)
    bench.lanes.finish_items(bench.held(waits), 2, random.Random(5))
    bench.lanes.finish(bench.held(waits).running.job)
    await bench.engine.settled()
    for job_id in (fast, waits):
        await bench.decide(by_hand.delete, job_id)
    records = await found(bench)
    fast_ones = records["notifications"]
    assert fast_ones.ended == {"completed": 1}
    assert (fast_ones.runs.total, fast_ones.waits.total) == (10_000, 0)
    slow = records["refresh"]
    assert (slow.ended, slow.items) == ({"completed": 1}, 2)
    assert (slow.runs.total, slow.waits.total) == (20_000, 8_000)
    await bench.engine.do(lambda db, transaction: durations.count(db, transaction.now))
    await bench.engine.do(lambda db, _transaction: housekeeping.clean_up(db, Millis(2**60)))
    assert await found(bench) == records


async def test_ends_of_every_kind(bench: Bench) -> None:
    """Jobs that failed, were cancelled before they ran, and those that do no harm twice."""
    blocker = await bench.enqueue(new_job("addplayer", items=1))
    waiting = await bench.enqueue(new_job("addplayer", items=1))
    await bench.engine.settled()
    for _ in range(2):
        await bench.wish("cancel", waiting)
        await bench.advance(1)
    failing = await bench.enqueue(new_job("notifications"))
    await bench.engine.settled()
    bench.lanes.finish(bench.held(failing).running.job, "no")
    records = await found(bench)
    assert records["notifications"].ended == {"failed": 1}
    assert records["addplayer"].ended == {"cancelled": 1}
    assert records["addplayer"].runs.count == 0
    assert blocker in bench.lanes.running()


async def test_each_is_counted_once_however_often(bench: Bench) -> None:
    """In slices, with those that end in the same moment; a retry is another end."""
    bench.lanes.lanes["default"].concurrency = 7
    ids = [await bench.enqueue(new_job("notifications")) for _ in range(7)]
    await bench.engine.settled()
    for job_id in ids:
        bench.lanes.finish(bench.held(job_id).running.job, "no")
    await bench.engine.settled()
    await bench.wish("retry", ids[3])
    await bench.advance(1)
    bench.lanes.finish(bench.held(ids[3]).running.job)
    for _ in range(3):
        await bench.advance(1)
        await bench.engine.do(lambda db, transaction: durations.count(db, transaction.now))
        assert (await found(bench))["notifications"].ended == {"failed": 7, "completed": 1}
    await bench.decide(by_hand.delete, ids[0])
    assert (await found(bench))["notifications"].ended == {"failed": 7, "completed": 1}


@pytest.mark.parametrize("share", [0.5, 0.95])
def test_percentiles_are_right_to_five_per_cent(share: float) -> None:
    """Whatever the durations are."""
    chance = random.Random(7)
    values = sorted(round(chance.lognormvariate(8, 2)) for _ in range(5_000))
    spread = Spread()
    for value in values:
        spread.add(durations._bucket(value), 1, value, value)
    exact = values[round(share * len(values)) - 1]
    assert spread.quantile(share) == pytest.approx(exact, rel=0.05, abs=1)
    assert spread.quantile(1.0) <= values[-1]


def test_old_hours_are_forgotten(tmp_path: Path) -> None:
    """And only those; all statements find their rows by an index."""
    db = open_writer(tmp_path / "meshvisor.db")
    now = Millis(KEPT * 3)
    for hour in (now - KEPT - HOUR, now - KEPT, now):
        db.execute(QUERIES["add"], (hour, "a", "completed", 3, 1, 1, 1, 0, 0))
    durations.forget_old(db, now)
    assert [hour for (hour,) in db.execute("SELECT hour FROM job_durations")] == [now - KEPT, now]
    ended = {"at": 1, "id": 1, "now": 2, "most": 1}
    for name, values in (("since", (1,)), ("forget", (1,)), ("ended", ended)):
        assert _scans(db, name, values) == []
    db.close()


def _scans(db: sqlite3.Connection, name: str, values: Any) -> list[str]:
    plan = [row[3] for row in db.execute(f"EXPLAIN QUERY PLAN {QUERIES[name]}", values)]
    return [step for step in plan if step.startswith("SCAN") and "VIRTUAL TABLE" not in step]


def test_a_salvaged_database_counts_none_again(tmp_path: Path) -> None:
    """How far jobs were counted is saved with them."""
    path, now = tmp_path / "meshvisor.db", Millis(1_764_158_400_000)
    with closing(open_writer(path)) as db:
        db.execute("BEGIN")
        job_id = enqueue.enqueue(db, new_job(), now).job_id
        groups = claims.groups(db, "default", ())
        chosen = claims.waiting(db, "default", groups, 1, claims.Ageing(now, 0))
        (claimed,) = claims.claim(db, chosen, now)
        assert running.complete(db, [(job_id, claimed.job.run)], Millis(now + 5))
        later = Millis(now + 10)
        durations.count(db, later)
        before = durations.records(db, now, later)
        db.execute("COMMIT")
    assert before[0].ended == {"completed": 1}
    salvage(path, tmp_path / "damaged", LedgerRepair(now).apply)
    with closing(open_writer(path)) as db:
        assert durations.records(db, now, later) == before
