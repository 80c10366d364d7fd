"""Which item is at fault when a runner hangs or dies, and where items stand in their job."""

from __future__ import annotations

import sqlite3

import pytest

from meshvisor.features.jobs.messages.from_runner import AddItems, ItemResult, ItemResults
from meshvisor.features.jobs.model.job import JobStatus, item_mark, marked_item
from meshvisor.features.jobs.requests.items import ListItems
from meshvisor.features.jobs.supervisor import message_handling
from meshvisor.features.jobs.supervisor.ledger import reading
from meshvisor.features.jobs.supervisor.ledger.job import Job, Millis
from meshvisor.features.jobs.supervisor.ledger.running import Blame, Crash
from meshvisor.features.jobs.supervisor.transaction import Transaction
from tests.features.jobs.supervisor.conftest import Bench, new_job

S = JobStatus
TRIES = 3


async def gone(bench: Bench, job_id: int, blame: Blame | None) -> Job:
    """Say that the runner of a job is gone, and return what becomes of the job."""
    run = (await bench.job(job_id)).run

    def crash(now: Millis) -> Crash:
        return Crash("it hung", Millis(now), lambda _action: TRIES, blame=blame)

    after: list[Job] = []

    def lose(db: sqlite3.Connection, transaction: Transaction) -> None:
        message_handling.lost([(job_id, run)], crash)(db, transaction)
        after.extend(transaction.jobs[-1:])

    await bench.engine.do(lose)
    await bench.engine.settled()
    return after[-1]


async def add(bench: Bench, job_id: int, *keys: str) -> int | None:
    """Say that an action has found more to do."""
    run = (await bench.job(job_id)).run
    return await bench.engine.do(message_handling.add(AddItems(job_id=job_id, run=run, keys=keys)))


async def items(bench: Bench, job_id: int) -> list[tuple[int, str, str]]:
    """Return position, key and state of each item."""
    rows = await bench.store.read(lambda db: reading.list_items(db, job_id, (), -1, 1000))
    return [(row.position, row.key, row.state) for row in rows]


async def test_positions_have_no_gaps(bench: Bench) -> None:
    """However often keys are added that the job has already."""
    job_id = await bench.enqueue(new_job(items=3))
    known = ("k0", "k1", "k2")
    for number in range(5):
        assert await add(bench, job_id, *known, f"new{number}", *known, f"new{number}") == 1
        assert await add(bench, job_id, *known) == 0
    job = await bench.job(job_id)
    assert (job.total, job.added) == (8, 5)
    assert [position for position, _, _ in await items(bench, job_id)] == list(range(8))


async def test_positions_with_gaps(bench: Bench) -> None:
    """A job of an earlier version, which has some, is added to behind the last one."""
    job_id = await bench.enqueue(new_job(items=2))
    far = 3_000_000

    def move(db: sqlite3.Connection, _transaction: Transaction) -> None:
        db.execute("UPDATE job_items SET position = ? WHERE position = 1", (far,))

    await bench.engine.do(move)
    assert await add(bench, job_id, "k0", "k1", "new") == 1
    assert [position for position, _, _ in await items(bench, job_id)] == [0, far, far + 1]
    job = await gone(bench, job_id, Blame(far + 1, several=False, hung=True))
    assert (job.status, job.failed) == (S.PAUSED, 1)
    assert ListItems(job_id=job_id, after=far + 1).after == far + 1


@pytest.mark.parametrize("position", [0, 1, 999_999, 2_097_151, 2_140_000, 2**28 - 2])
@pytest.mark.parametrize("job_id", [1, 2, 3, 2**35 - 1])
def test_a_mark_says_what_was_marked(job_id: int, position: int) -> None:
    """Of every item that a job may have, and of those that earlier versions have made."""
    assert marked_item(item_mark(job_id, position)) == (job_id, position, False)
    assert marked_item(item_mark(job_id, position, several=True)) == (job_id, position, True)
    assert item_mark(job_id, position, several=True) < 2**64


@pytest.mark.parametrize("several", [False, True])
def test_a_mark_without_room(several: bool) -> None:
    """What does not fit becomes no user, and never another one."""
    assert marked_item(item_mark(7, 2**28 - 1, several=several)) == (7, None, several)
    assert marked_item(item_mark(2**35, 1)) == (0, None, True)
    assert marked_item(0) is None


@pytest.mark.parametrize("hung", [True, False])
@pytest.mark.parametrize("position", [0, 77])
async def test_a_blame_that_changes_nothing_is_a_crash(
    bench: Bench, hung: bool, position: int
) -> None:
    """An item that is done, or that there is not, is not blamed for ever: the job fails."""
    job_id = await bench.enqueue(new_job(items=2))
    done = (ItemResult(position=0, state="done"),)
    run = (await bench.job(job_id)).run
    message = ItemResults(job_id=job_id, run=run, results=done)
    await bench.engine.do(message_handling.results(message))
    found = []
    for _ in range(2 * TRIES):
        job = await gone(bench, job_id, Blame(position, several=False, hung=hung))
        found.append(job.status)
        if job.is_finished:
            break
        await bench.advance(1)
    assert found[-1] is S.FAILED
    assert set(found[:-1]) <= {S.INTERRUPTED}
    assert job.attempt == TRIES
    assert (await bench.job(job_id)).done == 1


async def test_several_open_items_are_suspected_once(bench: Bench) -> None:
    """They are handed out one at a time; that it happens all the same costs tries."""
    job_id = await bench.enqueue(new_job(items=5))
    job = await gone(bench, job_id, Blame(3, several=True, hung=True))
    assert (job.status, job.pause_reason, job.failed) == (S.PAUSED, "restart", 0)
    claimed = bench.lanes.claimed[-1]
    assert claimed.resume is not None
    assert claimed.resume.one_by_one == 3
    job = await gone(bench, job_id, Blame(3, several=True, hung=True))
    assert job.status is S.INTERRUPTED
    await bench.advance(1)
    assert (await bench.job(job_id)).attempt == 2
    job = await gone(bench, job_id, Blame(1, several=False, hung=True))
    assert (job.status, job.failed) == (S.PAUSED, 1)
    claimed = bench.lanes.claimed[-1]
    assert claimed.resume is not None
    assert claimed.resume.one_by_one is None


async def test_an_item_has_tries_of_its_own(bench: Bench) -> None:
    """Two that kill their runners are both passed by, and use up no tries of the job."""
    job_id = await bench.enqueue(new_job(items=3))
    for position in (0, 1):
        for number in range(1, TRIES + 1):
            job = await gone(bench, job_id, Blame(position, several=False, hung=False))
            assert job.status is (S.INTERRUPTED if number < TRIES else S.PAUSED)
            await bench.advance(1)
    job = await bench.job(job_id)
    assert (job.status, job.failed, job.pending, job.attempt) == (S.ACTIVE, 2, 1, 1)


@pytest.mark.parametrize("wish", ["pause", "cancel"])
async def test_a_blame_beside_a_wish(bench: Bench, wish: str) -> None:
    """The item has failed, and the job is what was requested of it."""
    job_id = await bench.enqueue(new_job(items=2))
    await bench.wish(wish, job_id)
    job = await gone(bench, job_id, Blame(0, several=False, hung=True))
    assert (job.failed, job.pending) == (1, 1)
    assert job.status is (S.CANCELLED if wish == "cancel" else S.PAUSED)


async def test_a_retry_suspects_no_item(bench: Bench) -> None:
    """What is known of a job is forgotten when it is run anew on request."""
    job_id = await bench.enqueue(new_job(items=3))
    await gone(bench, job_id, Blame(2, several=True, hung=True))
    await bench.wish("cancel", job_id)
    await gone(bench, job_id, None)
    await bench.wish("retry", job_id)
    assert bench.lanes.claimed[-1].job.id == job_id
    assert bench.lanes.claimed[-1].resume is None
