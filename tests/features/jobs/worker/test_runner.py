"""What a runner does with what the supervisor says, and how it ends."""

from __future__ import annotations

import asyncio
import inspect
import threading
from typing import Any, cast

import pytest

from meshvisor import JobContext, action
from meshvisor.features.jobs.messages.from_runner import (
    JobFinished,
    JobStarted,
    JobStopped,
    NeedItems,
    RunnerReady,
)
from meshvisor.features.jobs.messages.to_runner import MoreItems, StopJob
from meshvisor.features.jobs.model.job import MAX_ERROR
from meshvisor.features.jobs.worker.job_run import JobRun
from meshvisor.shared.model.exits import ChildExit
from meshvisor.shared.protocol.frames import MAX_FRAME
from meshvisor.shared.protocol.messages import Error
from meshvisor.shared.protocol.to_worker import Shutdown
from tests.features.jobs.worker.conftest import Timers
from tests.features.jobs.worker.lane_side import LANE, PATIENCE, LaneSide, RunningLane


def waiting_action(name: str = "wait") -> asyncio.Event:
    """Register an action that never ends by itself; return what tells that it runs."""
    runs = asyncio.Event()

    @action(name)
    async def wait(_job: JobContext) -> None:
        runs.set()
        await asyncio.Event().wait()

    return runs


async def test_ready_and_status(lane: LaneSide) -> None:
    """A runner tells its actions when it is ready, and its jobs when it is asked."""
    ready = await lane.expect(RunnerReady)
    assert (ready.lane, ready.actions) == (LANE, ())
    status = await lane.status()
    assert (status.lane, status.jobs) == (LANE, ())
    assert status.memory_bytes > 0
    assert status.uptime_seconds >= 0
    runs = waiting_action()
    job = lane.begin("wait")
    await runs.wait()
    assert (await lane.status()).jobs == (job.id,)


async def test_all_actions_are_reported(running: RunningLane, lane: LaneSide) -> None:
    """They are those that were declared before the runner was started, by name."""
    waiting_action("two")
    waiting_action("one")
    ready = await lane.expect(RunnerReady)
    assert ready.actions == ("one", "two")


async def test_several_jobs_at_once(lane: LaneSide) -> None:
    """Jobs of one runner do not wait for each other, coroutines and threads alike."""
    met = asyncio.Barrier(3)
    meet = threading.Barrier(2)

    @action("meet")
    async def in_loop(_job: JobContext) -> None:
        await met.wait()

    @action("meet-in-threads")
    def in_thread(_job: JobContext) -> None:
        meet.wait(PATIENCE)

    names = ["meet", "meet-in-threads", "meet", "meet-in-threads", "meet"]
    jobs = [lane.begin(name) for name in names]
    for job in jobs:
        await job.end()
    assert (await lane.status()).jobs == ()


async def test_a_job_that_goes_on_has_started(lane: LaneSide) -> None:
    """It is said once, whether the job has items or not."""
    runs = waiting_action()
    jobs = [lane.begin("wait"), lane.begin("wait", ["a"])]
    await runs.wait()
    for job in jobs:
        await job.started()
        await lane.status()
        assert [type(message) for message in job.said] == [JobStarted]


async def test_an_unknown_action(lane: LaneSide) -> None:
    """No runner can run it here: the job ends, and another try would be of no use."""
    job = lane.begin("nothing", ["a"])
    assert await job.error_of_end() == "this runner has no action nothing"
    end = job.ended.result()
    assert isinstance(end, JobFinished)
    assert end.final is True
    assert job.all(JobStarted) == []


async def test_a_long_name_of_an_unknown_action(lane: LaneSide) -> None:
    """What is said about it fits a message."""
    error = await lane.fail("x" * (MAX_FRAME - 300))
    assert len(error) == MAX_ERROR
    await lane.status()


async def test_a_call_that_raises(lane: LaneSide) -> None:
    """A function that raises before there is a coroutine has failed like any other."""

    async def refuse() -> None: ...

    def as_declared(_job: JobContext) -> None: ...

    # What a decorator tells need not be true.
    cast("Any", refuse).__signature__ = inspect.signature(as_declared)
    action("refuse")(cast("Any", refuse))
    runs = waiting_action()
    neighbour = lane.begin("wait")
    await runs.wait()
    assert (await lane.fail("refuse")).startswith("TypeError: ")
    assert (await lane.status()).jobs == (neighbour.id,)


@pytest.mark.parametrize("reaction", ["__init__", "start", "feed", "stop"])
@pytest.mark.parametrize("name", ["walk", "walk-in-thread"])
async def test_a_mistake_of_ours_ends_one_run(
    lane: LaneSide, monkeypatch: pytest.MonkeyPatch, reaction: str, name: str
) -> None:
    """A message that cannot be reacted to costs the run that it is about, and no other."""
    runs = waiting_action()

    @action("walk")
    async def walk(job: JobContext) -> None:
        async for item in job.items():
            await item.done()

    @action("walk-in-thread")
    def walk_in_thread(job: JobContext) -> None:
        for item in job.items():
            _ = item.done()

    def mistake(*_arguments: Any) -> None:
        raise ArithmeticError("we cannot count")

    neighbour = lane.begin("wait")
    await runs.wait()
    monkeypatch.setattr(JobRun, reaction, mistake)
    lane.mute = True
    job = lane.begin(name, ["a", "b"], batch=1)
    if reaction in {"feed", "stop"}:
        await job.has("a")
        (need,) = job.all(NeedItems)
        lane.answer_need(job, need) if reaction == "feed" else lane.stop(job)
    end = await job.end()
    assert isinstance(end, JobFinished)
    assert (end.error, end.final) == ("ArithmeticError: we cannot count", False)
    assert (await lane.status()).jobs == (neighbour.id,)


async def test_no_memory_for_a_message(
    running: RunningLane, lane: LaneSide, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The runner ends: each of its jobs may have taken it."""

    def hog(*_arguments: Any) -> None:
        raise MemoryError

    monkeypatch.setattr(JobRun, "start", hog)
    job = lane.begin("any")
    assert await running.exit_code() == ChildExit.OUT_OF_MEMORY
    assert not job.ended.done()


async def test_an_unknown_message_is_answered(lane: LaneSide) -> None:
    """A newer supervisor hears that it is not understood; the runner goes on."""
    lane.send_bytes(b'{"type":"dance","id":7}\n')
    error = await lane.expect(Error)
    assert (error.reply_to, error.lane, error.source) == (7, LANE, "protocol")
    assert "'dance'" in error.error
    await lane.status()


async def test_what_is_about_no_job_changes_nothing(lane: LaneSide) -> None:
    """Late messages about jobs and runs that are over are harmless, and so are errors."""
    runs = waiting_action()
    job = lane.begin("wait")
    await runs.wait()
    for number, run in [(job.id, job.run + 1), (job.id + 1, job.run)]:
        lane.send(MoreItems(job_id=number, run=run, items=(), more=True))
        lane.send(StopJob(job_id=number, run=run, reason="cancel", deadline=0.0))
    lane.send(Error(error="the supervisor has a cold"))
    assert (await lane.status()).jobs == (job.id,)


async def test_a_graceful_shutdown(running: RunningLane, lane: LaneSide) -> None:
    """Jobs stop at their next item, then the runner ends; new ones are not begun."""
    entered, go_on = asyncio.Event(), asyncio.Event()

    @action("walk")
    async def walk(job: JobContext) -> None:
        async for item in job.items():
            entered.set()
            await go_on.wait()
            await item.done()

    job = lane.begin("walk", ["a", "b"])
    await entered.wait()
    lane.send(Shutdown(mode="graceful", deadline=PATIENCE))
    late = lane.begin("walk", ["c"])
    await lane.status()
    go_on.set()
    end = await job.end()
    assert isinstance(end, JobStopped)
    assert end.reason == "shutdown"
    assert job.states == {"a": "done"}
    assert await running.exit_code() == ChildExit.DONE
    assert late.said == []


async def test_a_graceful_shutdown_of_an_idle_runner(running: RunningLane, lane: LaneSide) -> None:
    """It ends at once."""
    lane.send(Shutdown(mode="graceful", deadline=PATIENCE))
    assert await running.exit_code() == ChildExit.DONE


async def test_a_graceful_shutdown_has_a_deadline(running: RunningLane, lane: LaneSide) -> None:
    """An item that does not end in time is given up, and stays pending."""
    runs = waiting_action()
    job = lane.begin("wait", ["a"])
    await runs.wait()
    lane.send(Shutdown(mode="graceful", deadline=0.02))
    assert isinstance(await job.end(), JobStopped)
    assert job.outcomes == {}
    assert await running.exit_code() == ChildExit.DONE


async def test_the_share_of_a_graceful_shutdown(lane: LaneSide, timers: Timers) -> None:
    """Items have half of the time: who is given up at the end of it cannot say good-bye."""
    runs = waiting_action()
    lane.begin("wait", ["a"])
    await runs.wait()
    lane.send(Shutdown(mode="graceful", deadline=10_000.0))
    await lane.status()
    now = asyncio.get_running_loop().time()
    due = [timer.when() - now for ref in timers if (timer := ref()) is not None]
    assert [seconds for seconds in due if 4_000 < seconds <= 5_000] != []
    assert [seconds for seconds in due if seconds > 5_000] == []


async def test_a_forced_shutdown(running: RunningLane, lane: LaneSide) -> None:
    """Nothing is waited for; what is done already is said."""
    entered = asyncio.Event()
    left = asyncio.Event()

    @action("walk")
    async def walk(job: JobContext) -> None:
        async for item in job.items():
            if item.key == "a":
                await item.done()
                continue
            entered.set()
            try:
                await asyncio.Event().wait()
            finally:
                left.set()

    job = lane.begin("walk", ["a", "b"])
    await entered.wait()
    lane.send(Shutdown(mode="forced", deadline=PATIENCE))
    assert await running.exit_code() == ChildExit.DONE
    await left.wait()
    await lane.ended
    assert job.states == {"a": "done"}
    assert not job.ended.done()


async def test_the_first_end_counts(running: RunningLane, lane: LaneSide) -> None:
    """What comes in the same turn changes nothing, and is no trouble."""
    troubles: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, trouble: troubles.append(trouble))
    lane.send(Shutdown(mode="forced", deadline=PATIENCE))
    lane.send(Shutdown(mode="forced", deadline=PATIENCE))
    lane.send_bytes(b"{\n")
    assert await running.exit_code() == ChildExit.DONE
    assert troubles == []


async def test_a_supervisor_that_goes_away(running: RunningLane, lane: LaneSide) -> None:
    """The runner ends with an exit code of its own, and its actions are cancelled."""
    runs, left = asyncio.Event(), asyncio.Event()

    @action("wait")
    async def wait(_job: JobContext) -> None:
        runs.set()
        try:
            await asyncio.Event().wait()
        finally:
            left.set()

    lane.begin("wait")
    await runs.wait()
    lane.close()
    assert await running.exit_code() == ChildExit.ORPHANED
    await left.wait()


async def test_a_thread_stops_when_the_supervisor_is_gone(
    running: RunningLane, lane: LaneSide
) -> None:
    """A thread, which nothing can cancel, gets no further item, and its end disturbs no other."""
    entered, go_on = threading.Event(), threading.Event()
    worked: list[str] = []
    threads: list[threading.Thread] = []
    troubles: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, trouble: troubles.append(trouble))

    @action("walk")
    def walk(job: JobContext) -> None:
        threads.append(threading.current_thread())
        for item in job.items():
            worked.append(item.key)
            entered.set()
            go_on.wait(PATIENCE)
            _ = item.done()

    lane.begin("walk", ["a", "b"])
    await asyncio.to_thread(entered.wait, PATIENCE)
    lane.close()
    assert await running.exit_code() == ChildExit.ORPHANED
    go_on.set()
    (thread,) = threads
    await asyncio.to_thread(thread.join, PATIENCE)
    assert not thread.is_alive()
    await asyncio.sleep(0)  # what it has left for the loop
    assert worked == ["a"]
    assert troubles == []


async def test_a_supervisor_that_cannot_be_understood(running: RunningLane, lane: LaneSide) -> None:
    """The runner does not guess."""
    lane.send_bytes(b"{\n")
    assert await running.exit_code() == ChildExit.PROTOCOL
