"""Lanes, rate keys and everything on hold."""

from __future__ import annotations

import random
import sqlite3

import pytest

from meshvisor.features.jobs.model.job import HoldKind, JobStatus
from meshvisor.features.jobs.supervisor.ledger import claims, holds
from meshvisor.features.jobs.supervisor.ledger.job import Millis
from meshvisor.features.jobs.supervisor.transaction import Transaction
from tests.features.jobs.supervisor.conftest import Bench, new_job

S = JobStatus


async def hold(bench: Bench, kind: HoldKind, name: str, until: Millis | None = None) -> None:
    """Put something on hold."""

    def work(db: sqlite3.Connection, transaction: Transaction) -> None:
        holds.set_hold(db, kind, name, now=transaction.now, until=until, by="root")
        transaction.held()

    await bench.engine.do(work)
    await bench.engine.settled()


async def release(bench: Bench, kind: HoldKind, name: str) -> None:
    """End it."""

    def work(db: sqlite3.Connection, transaction: Transaction) -> None:
        assert holds.end_hold(db, kind, name)
        transaction.held()
        for lane in claims.lanes_with_work(db):
            transaction.woken(lane)

    await bench.engine.do(work)
    await bench.engine.settled()


@pytest.mark.parametrize(
    ("kind", "name", "held", "free"),
    [
        ("lane", "game", ("addplayer", "redeem"), ("refresh",)),
        ("rate_key", "game-api", ("addplayer", "redeem"), ("refresh",)),
        ("all", "", ("addplayer", "refresh"), ()),
    ],
)
async def test_what_is_on_hold_does_not_begin(
    bench: Bench, kind: HoldKind, name: str, held: tuple[str, ...], free: tuple[str, ...]
) -> None:
    """What comes later neither, until it is ended; the rest goes on, also after a restart."""
    await hold(bench, kind, name)
    waiting = [await bench.enqueue(new_job(action)) for action in held]
    running = [await bench.enqueue(new_job(action)) for action in free]
    await bench.recover(0)
    await bench.advance(3_600)
    assert {(await bench.job(job_id)).status for job_id in waiting} == {S.QUEUED}
    for job_id in running:
        assert (await bench.job(job_id)).status is S.ACTIVE
    await release(bench, kind, name)
    assert (await bench.job(waiting[0])).status is S.ACTIVE


async def test_what_runs_stops_at_its_next_item(bench: Bench, chance: random.Random) -> None:
    """And waits for its turn, so that it goes on by itself; one without items runs to its end."""
    with_items = await bench.enqueue(new_job(items=4))
    without = await bench.enqueue(new_job("addplayer"))
    await bench.engine.settled()
    await hold(bench, "all", "", Millis(bench.jobs_clock.now() + 60_000))
    while bench.lanes.step(chance):
        await bench.engine.settled()
    job = await bench.job(with_items)
    assert (job.status, job.ready, job.error) == (S.PAUSED, 1, "it is on hold")
    assert (await bench.job(without)).status is S.COMPLETED
    await bench.advance(61)
    assert (await bench.job(with_items)).status is S.ACTIVE
