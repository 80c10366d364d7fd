"""What an operator decides about single jobs: they are deleted, moved, marked, put back."""

from __future__ import annotations

import random
from functools import partial

import pytest

from shared.model.job import JobStatus
from supervisor.jobs.ledger import by_hand, housekeeping
from supervisor.jobs.ledger.job import Millis, UnknownJobError
from tests.supervisor.jobs.conftest import Bench, new_job

S = JobStatus
CHANCE = random.Random(1)
FORCED = partial(by_hand.delete, force=True)


async def rows_of(bench: Bench, job_id: int) -> int:
    """Return how many rows there are of a job after the next cleanup."""
    await bench.engine.do(lambda db, _turn: housekeeping.clean_up(db, Millis(1)))
    tables = {"jobs": "id", "job_items": "job_id", "job_history": "job_id"}

    def count(table: str, column: str) -> int:
        query = f"SELECT count(*) FROM {table} WHERE {column} = ?"
        found: int = bench.store.read_now(lambda db: db.execute(query, (job_id,)).fetchone())[0]
        return found

    return sum(count(*names) for names in tables.items())


@pytest.mark.parametrize("wish", [None, "pause", "cancel"])
async def test_a_job_that_does_not_run_is_deleted(bench: Bench, wish: str | None) -> None:
    """With its items, its history and its key, which another job may have then."""
    blocker = await bench.enqueue(new_job("notifications"))
    job_id = await bench.enqueue(new_job(items=3, key="daily"))
    if wish is not None:
        await bench.wish(wish, job_id)
    granted = await bench.decide(by_hand.delete, job_id)
    assert (granted.ok, granted.after) == (True, "deleted")
    with pytest.raises(UnknownJobError):
        await bench.job(job_id)
    assert await rows_of(bench, job_id) == 0
    again = await bench.enqueue(new_job(key="daily"))
    assert again > job_id
    bench.lanes.finish(await bench.job(blocker))
    assert (await bench.job(again)).status is S.ACTIVE


async def test_a_job_that_runs_is_deleted_by_force_only(bench: Bench) -> None:
    """It is cancelled first, and gone when it has stopped; its place is free then."""
    job_id = await bench.enqueue(new_job(items=3))
    other = await bench.enqueue(new_job(items=1))
    await bench.engine.settled()
    refused = await bench.decide(by_hand.delete, job_id)
    assert (refused.ok, refused.changed) == (False, False)
    assert (await bench.job(job_id)).wanted is None
    assert (await bench.decide(FORCED, job_id)).ok
    assert (await bench.job(job_id)).status is S.ACTIVE
    assert bench.held(job_id).running.stop == "cancel"
    bench.lanes.step(CHANCE)
    await bench.engine.settled()
    with pytest.raises(UnknownJobError):
        await bench.job(job_id)
    assert await rows_of(bench, job_id) == 0
    assert (await bench.job(other)).status is S.ACTIVE


async def test_a_job_that_was_to_be_deleted_is_after_a_crash(bench: Bench) -> None:
    """What was decided holds, although its runner is gone, or the supervisor."""
    ids = [await bench.enqueue(new_job(lane=lane, items=3)) for lane in ("default", "game")]
    await bench.engine.settled()
    for job_id in ids:
        await bench.decide(FORCED, job_id)
    bench.lanes.die("default")
    await bench.engine.settled()
    await bench.recover(0)
    for job_id in ids:
        with pytest.raises(UnknownJobError):
            await bench.job(job_id)
