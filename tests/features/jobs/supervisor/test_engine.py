"""What becomes of jobs: turns, preemption, pauses, wishes, tries, crashes."""

from __future__ import annotations

import asyncio
import random
import sqlite3
from functools import partial
from typing import Any

import pytest
from msgspec.structs import replace

from meshvisor.features.jobs.messages.from_runner import JobFinished
from meshvisor.features.jobs.model.job import JobStatus, PauseReason
from meshvisor.features.jobs.supervisor import message_handling
from meshvisor.features.jobs.supervisor.ledger import housekeeping, reading
from meshvisor.features.jobs.supervisor.ledger.job import Creator, Job, Millis, Origin, find
from meshvisor.features.jobs.supervisor.transaction import Completion, Transaction
from meshvisor.shared.errors import MeshvisorError, UsageError
from meshvisor.shared.store.errors import StoreFullError
from tests.features.jobs.supervisor.conftest import SPECS, Bench, new_job

S = JobStatus


async def run_out(bench: Bench, chance: random.Random) -> None:
    """Let the puppets work until nothing is left to do."""
    await bench.engine.settled()
    while bench.lanes.step(chance):
        await bench.engine.settled()


async def test_a_job_runs_and_is_completed(bench: Bench, chance: random.Random) -> None:
    """Its items get outcomes, its counters agree, its history tells all of it."""
    job_id = await bench.enqueue(new_job(items=10))
    await run_out(bench, chance)
    job = await bench.job(job_id)
    assert (job.status, job.pending, job.total, job.attempt) == (S.COMPLETED, 0, 10, 1)
    items = await bench.store.read(lambda db: reading.list_items(db, job_id, (), -1, 100))
    states = [str(item.state) for item in items]
    assert (states.count("done"), states.count("failed")) == (job.done, job.failed)
    assert await bench.history(job_id) == ["queued", "active", "completed"]


async def test_the_most_urgent_first_then_the_oldest(bench: Bench, chance: random.Random) -> None:
    """Whatever the order in which they came."""
    blocker = await bench.enqueue(new_job("notifications"))
    await bench.engine.settled()
    ids = {p: await bench.enqueue(new_job(priority=p)) for p in (5, 3, 4)}
    last = await bench.enqueue(new_job(priority=3))
    await run_out(bench, chance)
    order = [one.job.id for one in bench.lanes.claimed]
    assert order == [blocker, ids[3], last, ids[4], ids[5]]


async def test_an_urgent_job_gets_in_at_the_next_item(bench: Bench, chance: random.Random) -> None:
    """The long one makes room, and carries on afterwards with nothing lost or done twice."""
    long = await bench.enqueue(new_job(items=6))
    await bench.engine.settled()
    bench.lanes.finish_items(bench.held(long), 2, chance)
    urgent = await bench.enqueue(new_job("notifications"))
    await bench.engine.settled()
    assert bench.lanes.preempted == [long]
    bench.lanes.step(chance)
    job = await bench.job(long)
    assert (job.status, job.pause_reason, job.preempted_by) == (
        S.PAUSED,
        PauseReason.PREEMPTED,
        urgent,
    )
    assert (await bench.job(urgent)).status is S.ACTIVE
    await run_out(bench, chance)
    done = await bench.job(long)
    assert (done.status, done.pending, done.attempt, done.preempted_by) == (S.COMPLETED, 0, 1, None)
    handed_out = [p for one in bench.lanes.claimed if one.job.id == long for p, _ in one.items]
    assert handed_out == [0, 1, 2, 3, 4, 5, 2, 3, 4, 5]


async def test_lanes_do_not_disturb_each_other(bench: Bench) -> None:
    """An urgent job takes no place in another lane."""
    long = await bench.enqueue(new_job(items=3))
    await bench.enqueue(new_job("addplayer", items=1, priority=1))
    await bench.engine.settled()
    assert bench.lanes.preempted == []
    assert (await bench.job(long)).status is S.ACTIVE


async def test_equals_do_not_preempt(bench: Bench) -> None:
    """Only a more urgent job gets in."""
    long = await bench.enqueue(new_job(items=3))
    await bench.enqueue(new_job(items=3))
    await bench.engine.settled()
    assert bench.lanes.preempted == []
    assert (await bench.job(long)).status is S.ACTIVE


async def test_waiting_makes_urgent(bench: Bench) -> None:
    """Priority 5 has its turn although more urgent ones keep coming, and keeps it."""
    bench.lanes.ageing = 60_000
    first = await bench.enqueue(new_job("notifications"))
    patient = await bench.enqueue(new_job(priority=5, items=2))
    await bench.advance(60 * 5)
    fresh = await bench.enqueue(new_job("notifications"))
    bench.lanes.finish(await bench.job(first))
    assert (await bench.job(patient)).status is S.ACTIVE
    assert (await bench.job(fresh)).status is S.QUEUED
    assert bench.lanes.preempted == []


async def test_a_rate_limit_lets_others_go_first(bench: Bench, chance: random.Random) -> None:
    """The job and what shares its key wait; others run; none loses a try."""
    limited = await bench.enqueue(new_job("addplayer", items=3))
    shares = await bench.enqueue(new_job("redeem"))
    other = await bench.enqueue(new_job(lane="game"))
    job = await bench.job(limited)
    bench.lanes.limit(job, 30)
    job = await bench.job(limited)
    assert (job.status, job.pause_reason) == (S.PAUSED, PauseReason.RATE_LIMITED)
    assert (await bench.job(shares)).status is S.QUEUED
    assert (await bench.job(other)).status is S.ACTIVE
    bench.lanes.finish(await bench.job(other))
    await bench.advance(29)
    assert (await bench.job(limited)).status is S.PAUSED
    await bench.advance(2)
    job = await bench.job(limited)
    assert (job.status, job.attempt) == (S.ACTIVE, 1)
    await run_out(bench, chance)
    assert (await bench.job(shares)).status is S.COMPLETED


async def test_tries_are_counted_and_delayed(bench: Bench, chance: random.Random) -> None:
    """A failed try is followed by another one, later and later, until there are no more."""
    job_id = await bench.enqueue(new_job(items=2))
    for attempt, least in ((1, 5), (2, 10)):
        job = await bench.job(job_id)
        assert (job.status, job.attempt) == (S.ACTIVE, attempt)
        bench.lanes.finish(job, "the API is gone")
        job = await bench.job(job_id)
        assert (job.pause_reason, job.error) == (PauseReason.RETRY, "the API is gone")
        await bench.advance(least - 1)
        assert (await bench.job(job_id)).status is S.PAUSED
        await bench.advance(least + 2)
    job = await bench.job(job_id)
    bench.lanes.finish(job, "still gone")
    job = await bench.job(job_id)
    assert (job.status, job.attempt, job.error) == (S.FAILED, 3, "still gone")
    outcome = await bench.wish("retry", job_id)
    assert outcome.ok
    await run_out(bench, chance)
    assert (await bench.job(job_id)).status is S.COMPLETED


async def test_an_action_that_forgets_items_has_failed(bench: Bench) -> None:
    """A job is completed only when each item has an outcome."""
    job_id = await bench.enqueue(new_job("notifications", items=3))
    bench.lanes.finish(await bench.job(job_id))
    job = await bench.job(job_id)
    assert job.status is S.FAILED
    assert job.error == "the action has returned although 3 items have no outcome"


@pytest.mark.parametrize("status", ["queued", "active", "retry", "preempted", "interrupted"])
async def test_wishes_in_every_state(bench: Bench, status: str, chance: random.Random) -> None:
    """Pause, resume and cancel work whatever the job does at the moment."""
    job_id = await _in_state(bench, status, chance)
    assert (await bench.wish("pause", job_id)).ok
    _let_stop(bench, job_id)
    job = await bench.job(job_id)
    assert (job.status, job.pause_reason, job.ready) == (S.PAUSED, PauseReason.OPERATOR, 0)
    assert (await bench.wish("pause", job_id)).ok
    assert (await bench.wish("resume", job_id)).ok
    assert (await bench.wish("resume", job_id)).ok
    assert (await bench.job(job_id)).status in (S.PAUSED, S.ACTIVE)
    assert (await bench.wish("cancel", job_id)).ok
    _let_stop(bench, job_id)
    job = await bench.job(job_id)
    assert (job.status, job.ready) == (S.CANCELLED, 0)
    for wish in ("pause", "resume"):
        assert not (await bench.wish(wish, job_id)).ok


async def test_cancel_during_preemption(bench: Bench) -> None:
    """A job that is making room is cancelled instead."""
    long = await bench.enqueue(new_job(items=6))
    urgent = await bench.enqueue(new_job("notifications"))
    await bench.engine.settled()
    assert bench.held(long).running.stop == "preempt"
    await bench.wish("cancel", long)
    _let_stop(bench, long)
    assert (await bench.job(long)).status is S.CANCELLED
    assert (await bench.job(urgent)).status is S.ACTIVE


async def test_a_pause_that_is_withdrawn(bench: Bench) -> None:
    """The job goes on although it was asked to stop already."""
    job_id = await bench.enqueue(new_job(items=6))
    await bench.wish("pause", job_id)
    await bench.wish("resume", job_id)
    _let_stop(bench, job_id, always=True)
    job = await bench.job(job_id)
    assert (job.status, job.run) == (S.ACTIVE, 2)


@pytest.mark.parametrize("origin", ["chat", "command line"])
async def test_a_late_word_changes_nothing(
    bench: Bench, origin: Origin, chance: random.Random
) -> None:
    """What is said of an earlier run is ignored, whichever way ends of jobs take."""
    job_id = await bench.enqueue(new_job(items=3, creator=Creator("1", "ann", origin)))
    await bench.engine.settled()
    old = bench.held(job_id)
    bench.lanes.die("default")
    await bench.wish("resume", job_id)
    job = await bench.job(job_id)
    assert (job.status, job.run, job.attempt) == (S.ACTIVE, 2, 2)
    bench.lanes.finish(old.running.job)
    assert await bench.job(job_id) == job
    bench.lanes.finish_items(old, 3, chance)
    assert await bench.job(job_id) == job
    bench.lanes.finish_items(bench.held(job_id), 3, chance)
    bench.lanes.finish(old.running.job)
    assert (await bench.job(job_id)).status is S.ACTIVE


@pytest.mark.parametrize("origin", ["chat", "command line"])
async def test_a_wish_that_comes_too_late(bench: Bench, origin: Origin) -> None:
    """A job that was to pause and has ended first is completed, and about to do nothing."""
    job_id = await bench.enqueue(new_job(creator=Creator("1", "ann", origin)))
    await bench.engine.settled()
    await bench.wish("pause", job_id)
    bench.lanes.finish(await bench.job(job_id))
    job = await bench.job(job_id)
    assert (job.status, job.wanted) == (S.COMPLETED, None)


async def test_a_poison_job_fails_and_the_lane_goes_on(bench: Bench, chance: random.Random) -> None:
    """It kills its runner each time, is interrupted each time, and has no tries left in the end."""
    poison = await bench.enqueue(new_job(items=3))
    other = await bench.enqueue(new_job(items=1))
    for attempt in range(1, 5):
        job = await bench.job(poison)
        assert (job.status, job.attempt) == (S.ACTIVE, attempt)
        bench.lanes.die("default", resume_after=300_000)
        job = await bench.job(poison)
        if attempt == 4:
            break
        assert job.status is S.INTERRUPTED
        assert await bench.to_tell(poison) == "question"
        await run_out(bench, chance)
        await bench.advance(301)
    assert (job.status, job.error) == (S.FAILED, "its runner was killed")
    assert (await bench.job(other)).status is S.COMPLETED


async def test_a_poison_job_takes_no_other_with_it(bench: Bench, chance: random.Random) -> None:
    """Those that shared its runner go on alone when their tries are over, and only it fails."""
    bench.lanes.lanes["default"].concurrency = 3
    poison, *others = [await bench.enqueue(new_job(items=2)) for _ in range(3)]
    await bench.engine.settled()
    for _ in range(4):
        assert len(bench.lanes.lanes["default"].held) == 3
        bench.lanes.die("default", resume_after=300_000)
        await bench.engine.settled()
        await bench.advance(301)
    alone = bench.lanes.lanes["default~alone"]
    assert list(alone.held) == [poison]
    job = await bench.job(poison)
    assert (job.status, job.attempt, job.lane) == (S.ACTIVE, 5, "default~alone")
    bench.lanes.die("default~alone", resume_after=300_000)
    job = await bench.job(poison)
    assert (job.status, job.error) == (S.FAILED, "its runner was killed")
    await run_out(bench, chance)
    assert [(await bench.job(one)).status for one in others] == [S.COMPLETED, S.COMPLETED]
    await bench.wish("retry", poison)
    assert (await bench.job(poison)).lane == "default"


async def test_interrupted_jobs_go_on_by_themselves(bench: Bench) -> None:
    """After five minutes, also when a second crash comes in between."""
    job_id = await bench.enqueue(new_job(items=3))
    await bench.engine.settled()
    bench.lanes.lanes["default"].held.clear()
    assert [job.id for job in await bench.recover(300_000)] == [job_id]
    await bench.advance(200)
    assert await bench.recover(300_000) == []
    await bench.advance(99)
    assert (await bench.job(job_id)).status is S.INTERRUPTED
    await bench.advance(2)
    assert (await bench.job(job_id)).status is S.ACTIVE


async def test_the_clock_is_set(bench: Bench) -> None:
    """Waits keep their lengths, whichever way it was set."""
    job_id = await bench.enqueue(new_job("addplayer", items=3))
    bench.lanes.limit(await bench.job(job_id), 60)
    await bench.advance(1)
    for step in (-86_400, 3 * 86_400, -7_200):
        bench.clock.set_wall(bench.clock.wall() + step)
        bench.engine.wake()
        assert (await bench.job(job_id)).status is S.PAUSED
    await bench.advance(58)
    assert (await bench.job(job_id)).status is S.PAUSED
    await bench.advance(2)
    assert (await bench.job(job_id)).status is S.ACTIVE


async def test_the_same_key_twice_is_the_first_job(bench: Bench) -> None:
    """Whatever else the second one says."""
    first = await bench.enqueue(new_job(key="daily-2026-11-26", items=2))
    assert await bench.enqueue(new_job("notifications", key="daily-2026-11-26")) == first
    assert await bench.enqueue(new_job(key="another")) != first


async def test_a_missing_plug_in(bench: Bench) -> None:
    """A job whose action is not there waits for it, and no other job waits behind it."""
    lost = await bench.enqueue(new_job(action="refresh"))
    bench.lanes.finish(await bench.job(lost))
    waiting = await bench.enqueue(replace(new_job(priority=1), action="gone"))
    other = await bench.enqueue(new_job())
    assert (await bench.job(waiting)).status is S.QUEUED
    assert (await bench.job(other)).status is S.ACTIVE


async def test_unknown_jobs(bench: Bench) -> None:
    """A number that no job has gets one sentence."""
    with pytest.raises(UsageError, match="there is no job 7"):
        await bench.wish("cancel", 7)


@pytest.mark.parametrize("seed", range(5))
async def test_a_storm_of_urgent_jobs(bench: Bench, seed: int, chance: random.Random) -> None:
    """A long job is preempted again and again; nothing of it is lost or done twice."""
    long = await bench.enqueue(new_job(items=200, priority=5))
    urgent = []
    for _ in range(200):
        urgent.append(await bench.enqueue(new_job("notifications", priority=chance.randint(1, 4))))
        await bench.engine.settled()
        for _ in range(chance.randrange(4)):
            bench.lanes.step(chance)
            await bench.engine.settled()
    await run_out(bench, chance)
    for job_id in (long, *urgent):
        assert (await bench.job(job_id)).status is S.COMPLETED
    assert len(bench.lanes.preempted) > 10
    assert (await bench.job(long)).pending == 0


async def _in_state(bench: Bench, status: str, chance: random.Random) -> int:
    job_id = await bench.enqueue(new_job(items=5))
    job = await bench.job(job_id)
    if status == "queued":
        await bench.enqueue(new_job("notifications"))
        second = await bench.enqueue(new_job(items=5))
        await bench.engine.settled()
        return second
    if status == "retry":
        bench.lanes.finish(job, "no")
    elif status == "preempted":
        await bench.enqueue(new_job("notifications"))
        await bench.engine.settled()
        bench.lanes.step(chance)
    elif status == "interrupted":
        bench.lanes.die("default", resume_after=300_000)
    await bench.engine.settled()
    return job_id


def _let_stop(bench: Bench, job_id: int, *, always: bool = False) -> None:
    for lane in bench.lanes.lanes.values():
        held = lane.held.get(job_id)
        if held is not None and (always or held.running.stop is not None):
            held.waits = True
            if always:
                held.running.stop = "pause"
            bench.engine.post(message_handling.stopped(held.running, None))


async def test_a_crash_of_the_supervisor_costs_no_try(bench: Bench) -> None:
    """However often the machine loses power; one of its runner does."""
    job_id = await bench.enqueue(new_job(items=3))
    for _ in range(5):
        await bench.engine.settled()
        bench.lanes.lanes["default"].held.clear()
        await bench.recover(0)
        await bench.advance(1)
    assert (await bench.job(job_id)).attempt == 1
    bench.lanes.die("default")
    await bench.advance(1)
    assert (await bench.job(job_id)).attempt == 2


async def test_a_failed_try_counts_although_the_job_is_paused(bench: Bench) -> None:
    """A pause in the delay before the next try, or asked for before the try failed."""
    job_id = await bench.enqueue(new_job(items=3))
    bench.lanes.finish(await bench.job(job_id), "no")
    await bench.engine.settled()
    await bench.wish("pause", job_id)
    await bench.wish("resume", job_id)
    job = await bench.job(job_id)
    assert (job.status, job.attempt) == (S.ACTIVE, 2)
    await bench.wish("pause", job_id)
    bench.lanes.finish(job, "no")
    await bench.engine.settled()
    await bench.wish("resume", job_id)
    assert (await bench.job(job_id)).attempt == 3


async def test_many_jobs_of_a_missing_plug_in(bench: Bench) -> None:
    """They are put aside some hundred at a time, and others have their turns meanwhile."""
    blocker = await bench.enqueue(new_job("notifications"))
    await bench.engine.settled()
    gone = replace(new_job(priority=1), action="gone")
    await asyncio.gather(*(bench.enqueue(gone) for _ in range(3000)))
    other = await bench.enqueue(new_job())
    bench.lanes.finish(await bench.job(blocker))
    while (await bench.job(other)).status is not S.ACTIVE:
        await bench.engine.settled()
    assert await bench.store.read(lambda db: len(reading.list_open(db, 5000)[0])) == 3001


async def test_a_resumed_job_whose_plug_in_is_away_for_a_moment(
    bench: Bench, chance: random.Random
) -> None:
    """It was resumed by hand, and goes on when its plug-in is back."""
    await bench.enqueue(new_job(items=3))
    job_id = await bench.enqueue(new_job(items=1))
    await bench.wish("pause", job_id)
    await bench.wish("resume", job_id)
    job = await bench.job(job_id)
    assert (job.status, job.pause_reason, job.ready) == (S.PAUSED, PauseReason.RESUMED, 1)
    await bench.load(SPECS[1])
    await run_out(bench, chance)
    assert (await bench.job(job_id)).ready == 0
    await bench.load(*SPECS)
    await run_out(bench, chance)
    assert (await bench.job(job_id)).status is S.COMPLETED


async def test_a_paused_job_stays_paused_when_plug_ins_are_loaded(
    bench: Bench, chance: random.Random
) -> None:
    """A pause by hand does not mean until then."""
    job_id = await bench.enqueue(new_job(items=1, action="addplayer"))
    await bench.engine.settled()
    held = await bench.enqueue(new_job(items=1, action="addplayer"))
    await bench.wish("pause", held)
    await bench.load(*SPECS)
    await run_out(bench, chance)
    assert (await bench.job(job_id)).status is S.COMPLETED
    assert (await bench.job(held)).pause_reason is PauseReason.OPERATOR


async def test_a_resume_lifts_the_limit(bench: Bench, chance: random.Random) -> None:
    """The job and all others with its rate key go on at once."""
    first = await bench.enqueue(new_job("addplayer", items=1))
    second = await bench.enqueue(new_job("redeem", items=1))
    await bench.engine.settled()
    bench.lanes.limit(await bench.job(first), 604_800)
    await bench.engine.settled()
    assert bench.lanes.busy == []
    outcome = await bench.wish("resume", first)
    assert outcome.text.endswith("the rate limit of game-api is lifted.")
    await run_out(bench, chance)
    assert [(await bench.job(one)).status for one in (first, second)] == [S.COMPLETED] * 2


async def test_a_second_limit_shortens_no_first_one(bench: Bench) -> None:
    """The service that has asked for an hour is not asked after a minute."""
    bench.lanes.lanes["game"].concurrency = 2
    jobs = [await bench.job(await bench.enqueue(new_job("addplayer", items=1))) for _ in range(2)]
    bench.lanes.limit(jobs[0], 3600)
    bench.lanes.limit(jobs[1], 60)
    await bench.engine.settled()
    await bench.advance(61)
    assert bench.lanes.busy == []
    await bench.advance(3600)
    assert len(bench.lanes.busy) == 2


async def test_one_that_has_waited_long_is_not_behind_one_that_was_preempted(
    bench: Bench, chance: random.Random
) -> None:
    """Of the same priority the first comes first, but not again and again."""
    bench.lanes.ageing = 600_000
    first = await bench.enqueue(new_job(items=9, priority=5))
    second = await bench.enqueue(new_job(items=1, priority=5))
    await bench.engine.settled()
    await bench.advance(3000)
    await bench.enqueue(new_job("notifications"))
    await bench.engine.settled()
    bench.lanes.step(chance)  # the first makes room
    await bench.engine.settled()
    await bench.enqueue(new_job(items=1, priority=4))
    bench.lanes.step(chance)  # the urgent one ends
    await bench.engine.settled()
    assert bench.lanes.claimed[-1].job.id == second
    await run_out(bench, chance)
    assert (await bench.job(first)).status is S.COMPLETED


async def test_a_job_without_items_makes_no_room(bench: Bench, chance: random.Random) -> None:
    """It would have to begin anew, perhaps for ever."""
    whole = await bench.enqueue(new_job())
    await bench.engine.settled()
    urgent = await bench.enqueue(new_job("notifications"))
    await bench.engine.settled()
    assert bench.lanes.preempted == []
    await run_out(bench, chance)
    assert [one.job.id for one in bench.lanes.claimed] == [whole, urgent]


async def test_no_job_makes_room_for_what_cannot_run(bench: Bench) -> None:
    """An urgent job whose plug-in is missing takes no place."""
    await bench.enqueue(new_job(items=3))
    await bench.engine.settled()
    await bench.enqueue(replace(new_job(priority=1), action="gone"))
    await bench.engine.settled()
    assert bench.lanes.preempted == []


async def test_no_more_places_are_freed_than_are_needed(bench: Bench) -> None:
    """One that is stopping already makes room for the first urgent job."""
    bench.lanes.lanes["default"].concurrency = 2
    for _ in range(2):
        await bench.enqueue(new_job(items=3))
    await bench.engine.settled()
    for stopped in (1, 2, 2):
        await bench.enqueue(new_job("notifications"))
        await bench.engine.settled()
        bench.engine.wake()
        await bench.engine.settled()
        assert len(bench.lanes.preempted) == stopped


async def test_a_plug_in_that_is_away_costs_no_tries(bench: Bench) -> None:
    """What counts is what its action has said when the job was handed out."""
    job_id = await bench.enqueue(new_job(items=1))
    await bench.engine.settled()
    job = await bench.job(job_id)
    await bench.load()
    bench.lanes.finish(job, "its plug-in was replaced")
    job = await bench.job(job_id)
    assert (job.status, job.pause_reason, job.attempt) == (S.PAUSED, PauseReason.RETRY, 1)


async def test_pausing_gives_no_further_tries(bench: Bench) -> None:
    """The last try that fails is the last, whatever was wished meanwhile."""
    job_id = await bench.enqueue(new_job("notifications", items=1))
    await bench.engine.settled()
    await bench.wish("pause", job_id)
    bench.lanes.finish(await bench.job(job_id), "no")
    job = await bench.job(job_id)
    assert (job.status, job.error) == (S.FAILED, "no")


async def test_an_end_behind_much_else(bench: Bench, chance: random.Random) -> None:
    """What a runner has said before the end of its job is written before it."""
    operator = Creator("operator", "operator", "command line")
    job_id = await bench.enqueue(new_job(items=3, creator=operator))
    await bench.engine.settled()
    held = bench.held(job_id)
    for _ in range(1_500):
        bench.engine.post(lambda _db, _transaction: None)
    bench.lanes.finish_items(held, 3, chance)
    bench.lanes.finish(held.running.job)
    job = await bench.job(job_id)
    assert (job.status, job.pending, job.attempt) == (S.COMPLETED, 0, 1)


async def test_the_clock_is_set_back_before_a_restart(bench: Bench) -> None:
    """A question keeps its five minutes, and a rate limit its length."""
    limited = await bench.enqueue(new_job("addplayer", items=1))
    asked = await bench.enqueue(new_job(items=1))
    await bench.engine.settled()
    bench.lanes.limit(await bench.job(limited), 1800)
    await bench.engine.settled()
    bench.lanes.lanes["default"].held.clear()
    await bench.recover(300_000)
    await bench.advance(10)
    bench.clock.set_wall(bench.clock.wall() - 3600)
    bench.engine.wake()
    await bench.engine.settled()
    await bench.recover(300_000)
    now = bench.jobs_clock.now()
    for job_id, seconds in ((asked, 290), (limited, 1790)):
        job = await bench.job(job_id)
        assert job.resume_after is not None
        assert job.resume_after - now == seconds * 1000


async def test_the_clock_is_set_back_while_nothing_runs(bench: Bench) -> None:
    """No wait is longer by that than it was."""
    asked = await bench.enqueue(new_job(items=1))
    await bench.engine.settled()
    bench.lanes.lanes["default"].held.clear()
    await bench.recover(300_000)
    now = bench.jobs_clock.now()
    earlier = Millis(now - 7_200_000)
    await bench.store.write(lambda db: housekeeping.recover(db, Millis(0), earlier))
    job = await bench.job(asked)
    assert job.resume_after == earlier + 300_000


async def test_a_job_that_is_half_removed(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, chance: random.Random
) -> None:
    """No query shows it any more, its key is free, and the rest goes with the next look."""
    monkeypatch.setattr(housekeeping, "REMOVED", 5)
    job_id = await bench.enqueue(new_job(items=12, key="daily"))
    await run_out(bench, chance)

    def clean_up(db: sqlite3.Connection, transaction: Transaction) -> tuple[int, bool]:
        return housekeeping.clean_up(db, Millis(transaction.now + 1))

    assert await bench.engine.do(clean_up) == (0, True)
    with pytest.raises(UsageError, match="there is no job"):
        await bench.wish("retry", job_id)
    assert await bench.enqueue(new_job("addplayer", key="daily")) != job_id
    removed = 0
    for _ in range(9):
        removed += (await bench.engine.do(clean_up))[0]
    assert removed == 1
    left = "SELECT (SELECT count(*) FROM jobs), (SELECT count(*) FROM job_items)"
    assert await bench.store.read(lambda db: db.execute(left).fetchone()) == (1, 0)


async def test_a_commit_that_was_done_after_all(bench: Bench, chance: random.Random) -> None:
    """Memory and database agree again, whatever was in it; no place is lost and no job."""
    write, is_lying = bench.store.write, False

    async def lie(work: Any, **options: Any) -> Any:
        value = await write(work, **options)
        if is_lying:
            raise StoreFullError("nobody knows")
        return value

    bench.store.write = lie  # type: ignore[method-assign]
    for what in ("completed", "stopped", "claimed"):
        job_id = await bench.enqueue(new_job(items=2 if what == "stopped" else 0))
        await bench.engine.settled()
        if what == "stopped":
            bench.lanes.lanes["default"].held[job_id].running.stop = "pause"
        is_lying = True
        if what == "completed":
            bench.lanes.finish(await bench.store.read(partial(_find, job_id)))
        elif what == "stopped":
            bench.lanes.step(chance)
        else:
            with pytest.raises(MeshvisorError):
                await bench.enqueue(new_job())
        while bench.engine.problem is None:
            await asyncio.sleep(0)
        is_lying = False
        await _until_written(bench)
        await run_out(bench, chance)
        assert (await bench.job(job_id)).status is S.COMPLETED
        assert bench.lanes.running() == {}


def _find(job_id: int, db: sqlite3.Connection) -> Job:
    return find(db, job_id)


async def _until_written(bench: Bench) -> None:
    while bench.engine.problem is not None:
        bench.engine.wake()
        await bench.engine.settled()


async def test_what_is_handed_out_is_what_is_written(bench: Bench) -> None:
    """Whatever has happened to a job before: the row is not read again after it was claimed."""
    bench.lanes.lanes["default"].concurrency = 4
    fresh, resumed, retried, asked = [await bench.enqueue(new_job(items=1)) for _ in range(4)]
    await bench.engine.settled()
    await bench.wish("pause", resumed)
    _let_stop(bench, resumed)
    bench.lanes.finish(await bench.job(retried), "no")
    await bench.engine.settled()
    del bench.lanes.lanes["default"].held[asked]
    del bench.lanes.lanes["default"].held[fresh]
    await bench.recover(300_000)
    await bench.wish("resume", resumed)
    await bench.advance(301)
    claimed = {one.job.id: one.job for one in bench.lanes.claimed}
    for job_id in (fresh, resumed, retried, asked):
        assert claimed[job_id].run > 1
        assert claimed[job_id] == await bench.job(job_id)


async def test_the_end_of_a_job_comes_before_that_of_its_runner(bench: Bench) -> None:
    """A runner that ends right after its job has not lost it: what is done is not done again."""
    job_id = await bench.enqueue(new_job("notifications"))
    await bench.engine.settled()
    run = bench.lanes.running()[job_id]
    done = JobFinished(job_id=job_id, run=run)
    # Nothing is written between the two, nor before what comes behind them.
    bench.engine.complete(Completion(job_id, run, message_handling.finished(done, None)))
    bench.engine.post(message_handling.lost([(job_id, run)], lambda _now: None), after_ends=True)
    bench.engine.post(lambda _db, _transaction: None)
    await bench.engine.settled()
    assert (await bench.job(job_id)).status is S.COMPLETED
    assert await bench.history(job_id) == ["queued", "active", "completed"]


async def test_an_unforeseen_error(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, chance: random.Random
) -> None:
    """A waiting caller hears of it, what has no caller is kept, and the engine goes on."""
    written: list[str] = []

    async def fail(*_: Any, **__: Any) -> None:
        raise ValueError("oops")

    with monkeypatch.context() as broken:
        broken.setattr(bench.store, "write", fail)
        bench.engine.post(lambda _db, _transaction: written.append("kept"))
        with pytest.raises(MeshvisorError, match="ValueError: oops"):
            await bench.enqueue(new_job())
        assert "oops" in (bench.engine.problem or "")
    job_id = await bench.enqueue(new_job(items=2))
    await run_out(bench, chance)
    assert written == ["kept"]
    assert (await bench.job(job_id)).status == S.COMPLETED
    assert bench.engine.problem is None
