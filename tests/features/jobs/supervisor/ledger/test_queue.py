"""The order in which waiting jobs will run is the one in which they do."""

from __future__ import annotations

import sqlite3

from meshvisor.features.jobs.supervisor.ledger import holds, reading
from meshvisor.features.jobs.supervisor.ledger.claims import Ageing
from meshvisor.features.jobs.supervisor.transaction import Transaction
from tests.features.jobs.supervisor.conftest import Bench, new_job


async def queue(bench: Bench, lane: str = "default") -> reading.Queue:
    """Return what waits."""
    now, ageing = bench.jobs_clock.now(), bench.lanes.ageing
    return await bench.store.read(lambda db: reading.queue(db, lane, 100, Ageing(now, ageing)))


async def test_jobs_run_in_the_order_that_was_said(bench: Bench) -> None:
    """Also where waiting has made some of them more urgent."""
    bench.lanes.ageing = 60_000
    await bench.enqueue(new_job("notifications"))
    await bench.enqueue(new_job(priority=5))
    await bench.advance(150)
    for priority in (4, 2, 3, 2):
        await bench.enqueue(new_job(priority=priority))
    await bench.engine.settled()
    said = await queue(bench)
    assert [one.job.id for one in said.waiting] == [4, 6, 2, 5, 3]
    assert [one.rank for one in said.waiting] == [2, 2, 3, 3, 4]
    assert not said.has_more_urgent
    for one in said.waiting:
        (held,) = bench.lanes.lanes["default"].held.values()
        bench.lanes.finish(held.running.job)
        await bench.engine.settled()
        assert one.job.id in bench.lanes.running()


async def test_what_is_blocked_comes_last(bench: Bench) -> None:
    """By a rate limit or a hold; one that could run and is more urgent is said to be."""
    running = await bench.enqueue(new_job(lane="game"))
    limited = await bench.enqueue(new_job("addplayer", priority=1))
    able = await bench.enqueue(new_job("notifications", lane="game"))
    await bench.engine.settled()
    assert (await queue(bench, "game")).has_more_urgent

    def hold(db: sqlite3.Connection, transaction: Transaction) -> None:
        holds.set_hold(db, "rate_key", "game-api", now=transaction.now, until=None, by="root")
        transaction.held()

    await bench.engine.do(hold)
    said = await queue(bench, "game")
    assert [job.id for job in said.active] == [running]
    assert [(one.job.id, one.blocked_by) for one in said.waiting] == [
        (able, None),
        (limited, "hold"),
    ]


async def test_a_lane_is_busy_while_a_job_runs_there_though_none_waits(bench: Bench) -> None:
    """Lanes in which nothing is left are not."""
    await bench.enqueue(new_job(lane="game"))
    await bench.enqueue(new_job())
    await bench.enqueue(new_job())
    await bench.engine.settled()
    assert await bench.store.read(reading.busy_lanes) == ["default", "game"]

    (held,) = bench.lanes.lanes["game"].held.values()
    bench.lanes.finish(held.running.job)
    await bench.engine.settled()
    assert await bench.store.read(reading.busy_lanes) == ["default"]
