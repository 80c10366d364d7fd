"""What went wrong with jobs is kept, whatever becomes of them."""

from __future__ import annotations

import sqlite3
from functools import partial
from typing import Any

from meshvisor.features.jobs.supervisor.ledger import by_hand, errors, housekeeping
from meshvisor.features.jobs.supervisor.ledger.errors import KEPT, QUERIES
from meshvisor.features.jobs.supervisor.ledger.job import Millis
from tests.features.jobs.supervisor.conftest import Bench, new_job


async def kept(bench: Bench, action: str | None = None) -> list[tuple[int, str, int, str]]:
    """Return what is kept, newest first."""
    await bench.engine.settled()
    rows = await bench.store.read(lambda db: errors.newest(db, Millis(0), action, 100))
    return [(row.job_id, row.event, row.attempt, row.error) for row in rows]


async def test_each_failure_is_kept(bench: Bench) -> None:
    """Attempts, crashes, ends by hand and by time; also of jobs that are deleted."""
    failing = await bench.enqueue(new_job(items=1))
    for _ in range(3):
        bench.lanes.finish(await bench.job(failing), "the API is gone")
        await bench.engine.settled()
        await bench.advance(100)
    crashed = await bench.enqueue(new_job("addplayer", items=1))
    await bench.engine.settled()
    bench.lanes.die("game", resume_after=300_000)
    await bench.engine.settled()
    await bench.enqueue(new_job(items=1))
    late = await bench.enqueue(new_job(items=1, wait_timeout=1_000))
    await bench.advance(2)
    await bench.decide(by_hand.delete, failing)
    await bench.engine.do(lambda db, _transaction: housekeeping.clean_up(db, Millis(2**60)))
    assert await kept(bench) == [
        (late, "failed", 0, "timeout: it has waited 1 s without running"),
        (crashed, "interrupted", 1, "its runner was killed"),
        (failing, "failed", 3, "the API is gone"),
        (failing, "retry", 2, "the API is gone"),
        (failing, "retry", 1, "the API is gone"),
    ]
    assert [row[0] for row in await kept(bench, "addplayer")] == [crashed]


async def test_what_goes_well_leaves_none(bench: Bench) -> None:
    """Nor does a pause; old entries are forgotten, and each statement has its index."""
    job_id = await bench.enqueue(new_job("notifications"))
    await bench.wish("cancel", job_id)
    bench.lanes.finish(bench.held(job_id).running.job)
    assert await kept(bench) == []
    failing = await bench.enqueue(new_job("notifications"))
    bench.lanes.finish(await bench.job(failing), "no")
    for wait, left in ((KEPT // 1000, 1), (1, 0)):
        await bench.engine.settled()
        await bench.advance(wait)
        await bench.engine.do(lambda db, transaction: errors.forget_old(db, transaction.now))
        assert len(await kept(bench)) == left
    newest = {"since": 1, "action": None, "limit": 1}
    for query, values in ((QUERIES["newest"], newest), (QUERIES["forget"], (1,))):
        plan = bench.store.read_now(partial(_plan, query, values))
        assert all("USING PRIMARY KEY (at" in step for step in plan), plan


def _plan(query: str, values: Any, db: sqlite3.Connection) -> list[str]:
    return [row[3] for row in db.execute(f"EXPLAIN QUERY PLAN {query}", values)]
