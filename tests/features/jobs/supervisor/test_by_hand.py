"""What an operator decides about single jobs: they are deleted, moved, marked, put back."""

from __future__ import annotations

import random
from functools import partial

import pytest

from meshvisor.features.jobs.model.job import JobStatus, MarkedJob
from meshvisor.features.jobs.supervisor.ledger import by_hand, housekeeping
from meshvisor.features.jobs.supervisor.ledger.job import Millis, UnknownJobError
from meshvisor.features.jobs.supervisor.ledger.operations import pause
from meshvisor.shared.errors import UsageError
from tests.features.jobs.supervisor.conftest import Bench, new_job

S = JobStatus
FORCED = partial(by_hand.delete, force=True)


async def rows_of(bench: Bench, job_id: int) -> int:
    """Return how many rows there are of a job after the next cleanup."""
    await bench.engine.do(lambda db, _transaction: housekeeping.clean_up(db, Millis(1)))
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
    outcome = await bench.decide(by_hand.delete, job_id)
    assert (outcome.ok, outcome.after) == (True, "deleted")
    with pytest.raises(UnknownJobError):
        await bench.job(job_id)
    assert await rows_of(bench, job_id) == 0
    again = await bench.enqueue(new_job(key="daily"))
    assert again > job_id
    bench.lanes.finish(await bench.job(blocker))
    assert (await bench.job(again)).status is S.ACTIVE


async def test_a_job_that_runs_is_deleted_by_force_only(
    bench: Bench, chance: random.Random
) -> None:
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
    bench.lanes.step(chance)
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


# ---- Moving --------------------------------------------------------------------------------------


async def test_a_waiting_job_is_moved(bench: Bench) -> None:
    """Its new priority and lane decide when it runs; one that runs or has ended stays."""
    blocker = await bench.enqueue(new_job("notifications"))
    first, second = [await bench.enqueue(new_job()) for _ in range(2)]
    await bench.engine.settled()
    outcome = await bench.decide(partial(by_hand.move, priority=1, lane=None), second)
    assert (outcome.before, outcome.after) == (
        "priority 4 in lane default",
        "priority 1 in lane default",
    )
    bench.lanes.finish(await bench.job(blocker))
    assert (await bench.job(second)).status is S.ACTIVE
    await bench.decide(partial(by_hand.move, priority=None, lane="game"), first)
    assert (await bench.job(first)).status is S.ACTIVE
    for job_id in (second, blocker):
        refused = await bench.decide(partial(by_hand.move, priority=2, lane=None), job_id)
        assert (refused.ok, refused.changed) == (False, False)
    assert (await bench.job(second)).priority == 1


async def test_a_moved_job_gets_in_at_the_next_item(bench: Bench) -> None:
    """Once it is more urgent than the one that runs."""
    long = await bench.enqueue(new_job(items=5))
    late = await bench.enqueue(new_job(priority=5))
    await bench.engine.settled()
    assert bench.lanes.preempted == []
    await bench.decide(partial(by_hand.move, priority=1, lane=None), late)
    assert bench.lanes.preempted == [long]


# ---- Marking -------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", ["completed", "failed"])
async def test_a_job_that_waits_is_marked(bench: Bench, status: MarkedJob) -> None:
    """It has ended with that, by hand; a retry takes it up again."""
    await bench.enqueue(new_job("notifications"))
    job_id = await bench.enqueue(new_job(items=2))
    mark = partial(by_hand.mark, status=status, reason="done on paper")
    assert (await bench.decide(mark, job_id)).ok
    job = await bench.job(job_id)
    assert (job.status, job.end_reason) == (status, "operator")
    assert await bench.to_tell(job_id) == "outcome"
    assert job.error == ("done on paper" if status == "failed" else None)
    assert (await bench.history(job_id))[-1] == f"{status}:operator"
    assert not (await bench.decide(mark, job_id)).changed
    assert (await bench.wish("retry", job_id)).ok
    job = await bench.job(job_id)
    assert (job.status, job.pending, job.end_reason) == (S.QUEUED, 2, None)


async def test_a_failed_job_that_was_done_otherwise(bench: Bench) -> None:
    """It may be marked as completed; a cancelled one has not failed."""
    job_id = await bench.enqueue(new_job("notifications"))
    bench.lanes.finish(await bench.job(job_id), "no")
    assert (await bench.job(job_id)).status is S.FAILED
    await bench.decide(partial(by_hand.mark, status="completed", reason=None), job_id)
    job = await bench.job(job_id)
    assert (job.status, job.error) == (S.COMPLETED, None)
    other = await bench.enqueue(new_job())
    await bench.engine.settled()
    cancelled = await bench.enqueue(new_job())
    await bench.wish("cancel", cancelled)
    refused = await bench.decide(partial(by_hand.mark, status="failed", reason=None), cancelled)
    assert not refused.ok
    assert (await bench.job(other)).status is S.ACTIVE


@pytest.mark.parametrize("status", ["completed", "failed"])
async def test_a_job_that_runs_is_marked(
    bench: Bench, status: MarkedJob, chance: random.Random
) -> None:
    """It stops at its next item and has ended as was said, also after a crash of the supervisor."""
    ids = [await bench.enqueue(new_job(lane=lane, items=3)) for lane in ("default", "game")]
    await bench.engine.settled()
    for job_id in ids:
        await bench.decide(partial(by_hand.mark, status=status, reason="enough"), job_id)
    assert (await bench.job(ids[0])).status is S.ACTIVE
    del bench.lanes.lanes["game"].held[ids[1]]
    bench.lanes.step(chance)
    await bench.engine.settled()
    await bench.recover(0)
    for job_id in ids:
        job = await bench.job(job_id)
        assert (job.status, job.end_reason, job.ends_as) == (status, "operator", None)
        assert job.error == ("enough" if status == "failed" else None)


async def test_items_are_marked_and_put_back(bench: Bench) -> None:
    """Whatever became of them; counters agree, and a finished job is queued for those alone."""
    job_id = await bench.enqueue(new_job(items=4))
    await bench.engine.settled()
    bench.lanes.finish_items(bench.held(job_id), 2, random.Random(5))
    await bench.engine.settled()
    keys = ["k0", "k1", "k2", "k3"]
    mark = partial(by_hand.mark_items, keys=keys, state="done", reason=None)
    outcome = await bench.decide(mark, job_id)
    assert outcome.ok
    job = await bench.job(job_id)
    assert (job.pending, job.done, job.total) == (0, 4, 4)
    put_back = partial(by_hand.retry_items, keys=["k1", "k3"])
    assert not (await bench.decide(put_back, job_id)).ok  # it runs
    bench.lanes.finish(await bench.job(job_id))
    assert (await bench.job(job_id)).status is S.COMPLETED
    await bench.decide(
        partial(by_hand.mark_items, keys=["k0"], state="failed", reason="no such player"), job_id
    )
    outcome = await bench.decide(put_back, job_id)
    assert (outcome.before, outcome.after) == ("k1 done, k3 done", "pending")
    job = await bench.job(job_id)
    assert (job.status, job.pending, job.done, job.failed) == (S.ACTIVE, 2, 1, 1)
    assert [key for _, key in bench.held(job_id).left] == ["k1", "k3"]


async def test_putting_back_what_was_never_done(bench: Bench) -> None:
    """A job that has ended before it came to an item is queued for it; one that waits, waits."""
    await bench.enqueue(new_job("notifications", items=1))
    job_id = await bench.enqueue(new_job(items=3))
    await bench.decide(partial(by_hand.mark, status="failed", reason=None), job_id)
    assert (await bench.job(job_id)).status is S.FAILED
    put_back = partial(by_hand.retry_items, keys=["k1"])
    await bench.decide(partial(put_back, more=True), job_id)
    assert (await bench.job(job_id)).status is S.FAILED
    outcome = await bench.decide(put_back, job_id)
    assert (outcome.ok, outcome.changed, outcome.text) == (True, True, "is queued again.")
    job = await bench.job(job_id)
    assert (job.status, job.pending, job.error) == (S.QUEUED, 3, None)
    assert not (await bench.decide(put_back, job_id)).changed


async def test_an_unknown_item(bench: Bench) -> None:
    """Nothing is written when one of the keys is none of the job's."""
    job_id = await bench.enqueue(new_job(items=2))
    mark = partial(by_hand.mark_items, keys=["k0", "x", "y"], state="done", reason=None)
    with pytest.raises(UsageError, match="has no item 'x', 'y'; meshvisor jobs items"):
        await bench.decide(mark, job_id)
    assert (await bench.job(job_id)).done == 0


# ---- Pausing until a moment ----------------------------------------------------------------------


async def test_a_pause_that_ends_by_itself(bench: Bench, chance: random.Random) -> None:
    """At its moment, also after a restart, and one that ran is paused until then as well."""
    running = await bench.enqueue(new_job(items=4))
    waiting = await bench.enqueue(new_job(items=1))
    await bench.engine.settled()
    until = Millis(bench.jobs_clock.now() + 600_000)
    for job_id in (running, waiting):
        assert (await bench.decide(partial(pause, until=until), job_id)).ok
    bench.lanes.step(chance)
    for job_id in (running, waiting):
        job = await bench.job(job_id)
        assert (job.status, job.pause_reason, job.resume_after) == (S.PAUSED, "operator", until)
    await bench.recover(0)
    await bench.advance(599)
    assert (await bench.job(running)).status is S.PAUSED
    await bench.advance(2)
    assert (await bench.job(running)).status is S.ACTIVE
    job = await bench.job(waiting)
    assert (job.pause_reason, job.ready) == ("resumed", 1)


async def test_a_pause_that_is_over_before_the_item_is(bench: Bench, chance: random.Random) -> None:
    """The job stops, and goes on at once."""
    job_id = await bench.enqueue(new_job(items=4))
    await bench.engine.settled()
    until = Millis(bench.jobs_clock.now() + 1_000)
    await bench.decide(partial(pause, until=until), job_id)
    await bench.advance(5)
    assert (await bench.job(job_id)).status is S.ACTIVE
    bench.lanes.step(chance)
    await bench.engine.settled()
    job = await bench.job(job_id)
    assert (job.status, job.run) == (S.ACTIVE, 2)
