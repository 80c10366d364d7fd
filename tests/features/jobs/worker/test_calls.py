"""What belongs to one call of an action, and what becomes of it when the call is over."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

import pytest

from meshvisor import JobContext, JobItem, OutcomeError, action
from meshvisor.features.jobs.messages.from_runner import JobFinished, JobStopped
from meshvisor.features.jobs.model.job import marked_item
from tests.features.jobs.worker.lane_side import PATIENCE, LaneSide, RunningLane

SHORT: Final = 0.1
"""Seconds of a deadline that is meant to be missed."""


# ---- "for" where "async for" is meant


def loop_over(job: JobContext) -> None:
    """Go through the items."""
    for item in job.items():
        _ = item.done()


def take_one(job: JobContext) -> None:
    """Take the first item."""
    next(iter(job.items()))


def take_all(job: JobContext) -> None:
    """Collect all items."""
    list(job.items())


@pytest.mark.parametrize("use", [loop_over, take_one, take_all])
async def test_a_plain_loop_in_a_coroutine(
    lane: LaneSide, use: Callable[[JobContext], None]
) -> None:
    """It would wait for itself: the attempt fails at once, with what to write instead."""

    @action("slip")
    async def slip(job: JobContext) -> None:
        use(job)

    error = await lane.fail("slip", ["a", "b"])
    assert error.startswith("TypeError:")
    assert '"async for item in job.items()"' in error
    assert (await lane.status()).jobs == ()


async def test_a_plain_loop_in_a_thread_of_a_coroutine(lane: LaneSide) -> None:
    """There it is right."""

    @action("delegate")
    async def delegate(job: JobContext) -> None:
        await asyncio.to_thread(loop_over, job)

    job = await lane.do("delegate", ["a", "b"])
    assert job.states == {"a": "done", "b": "done"}


async def test_a_loop_of_its_own_in_a_thread(lane: LaneSide) -> None:
    """A plain function may run coroutines that go through the items."""

    @action("inner")
    def inner(job: JobContext) -> None:
        async def walk() -> None:
            async for item in job.items():
                await asyncio.sleep(0)
                _ = item.done()

        asyncio.run(walk())

    job = await lane.do("inner", [f"k{number}" for number in range(10)], batch=3)
    assert set(job.states.values()) == {"done"}


# ---- What outlives a call


async def test_tasks_of_an_earlier_call(running: RunningLane, lane: LaneSide) -> None:
    """They get no further item: never are more open than the action has tasks."""
    open_now: set[str] = set()
    most = 0
    calls = 0

    async def pull(job: JobContext) -> None:
        nonlocal most
        async for item in job.items():
            assert item.key not in open_now, "two work on the same item"
            open_now.add(item.key)
            most = max(most, len(open_now))
            try:
                if item.key.startswith("bad"):
                    await asyncio.Event().wait()
                await asyncio.sleep(0)
                await item.done()
            finally:
                open_now.discard(item.key)

    @action("wait", item_timeout=SHORT)
    async def wait(job: JobContext) -> None:
        nonlocal calls
        calls += 1
        await asyncio.wait([asyncio.create_task(pull(job)) for _ in range(3)])

    keys = [f"bad{number // 5}" if number % 5 == 0 else f"k{number}" for number in range(20)]
    job = await lane.do("wait", keys)
    assert {key for key, state in job.states.items() if state == "failed"} == set(keys[::5])
    assert most <= 3
    assert calls <= 5


async def test_an_iterator_of_an_earlier_call(lane: LaneSide) -> None:
    """It ends at its next step, also in a task that hears no cancellation."""
    kept: list[JobContext] = []
    ends: list[str] = []
    go_on = asyncio.Event()

    async def linger(job: JobContext) -> None:
        await go_on.wait()
        try:
            ends.append((await anext(job.items())).key)
        except BaseException as error:  # noqa: BLE001 - which one is checked below
            ends.append(type(error).__name__)

    @action("linger", item_timeout=SHORT)
    async def work(job: JobContext) -> None:
        kept.append(job)
        if len(kept) == 1:
            tasks.append(asyncio.create_task(linger(job)))
            await anext(job.items())
            await asyncio.Event().wait()
        go_on.set()
        await asyncio.wait(tasks)
        async for item in job.items():
            await item.done()

    tasks: list[asyncio.Task[None]] = []
    job = await lane.do("linger", ["a", "b", "c"])
    assert ends == ["ActionCancelled"]
    assert job.states == {"a": "failed", "b": "done", "c": "done"}


async def test_an_outcome_of_an_earlier_call(lane: LaneSide) -> None:
    """An item that was handed out again has one outcome, that of the call which has it."""
    old: list[JobItem] = []
    errors: list[str] = []

    @action("again", item_timeout=SHORT)
    async def again(job: JobContext) -> None:
        if not old:
            slow = asyncio.create_task(anext(job.items()))
            old.append(await anext(job.items()))
            await slow
            old[0].since += PATIENCE  # only the other one is late
            await asyncio.Event().wait()
        async for item in job.items():
            if item.key == old[0].key:
                assert item is not old[0]
                with pytest.raises(OutcomeError) as caught:
                    _ = old[0].done("old")
                errors.append(str(caught.value))
            await item.done("new")

    job = await lane.do("again", ["a", "b"])
    assert len(errors) == 1
    assert "was taken back" in errors[0]
    assert "new" in job.results.values()
    assert "old" not in job.results.values()


# ---- The time of an item


async def test_items_that_are_collected_first(lane: LaneSide) -> None:
    """The time of an item begins with the outcome of the one before it."""
    clock = asyncio.get_running_loop().time

    @action("collect", item_timeout=4 * SHORT)
    async def collect(job: JobContext) -> None:
        for item in [item async for item in job.items()]:
            begun = clock()
            while clock() < begun + SHORT:
                await asyncio.sleep(SHORT / 10)
            await item.done()

    job = await lane.do("collect", [f"k{number}" for number in range(12)])
    assert set(job.states.values()) == {"done"}


async def test_items_that_a_pool_of_threads_collects(lane: LaneSide) -> None:
    """The same where a plain function hands them to threads."""
    over = threading.Event()

    @action("pool", item_timeout=4 * SHORT)
    def pool(job: JobContext) -> None:
        def work(item: JobItem) -> None:
            over.wait(SHORT)
            _ = item.done()

        with ThreadPoolExecutor(1) as threads:
            list(threads.map(work, job.items()))

    job = await lane.do("pool", [f"k{number}" for number in range(12)])
    assert set(job.states.values()) == {"done"}


async def test_one_of_several_collected_items_takes_too_long(lane: LaneSide) -> None:
    """It alone fails, wherever it stands; what was collected beside it is handed out again."""

    @action("collect", item_timeout=SHORT)
    async def collect(job: JobContext) -> None:
        for item in [item async for item in job.items()]:
            if item.key == "bad":
                await asyncio.Event().wait()
            await item.done()

    job = await lane.do("collect", ["a", "b", "bad", "c", "d"])
    assert job.states == {"a": "done", "b": "done", "bad": "failed", "c": "done", "d": "done"}


# ---- What is said while a job is ended


@pytest.mark.parametrize("thread", [False, True], ids=["coroutine", "thread"])
async def test_what_is_raised_while_it_stops(
    lane: LaneSide, caplog: pytest.LogCaptureFixture, thread: bool
) -> None:
    """It changes nothing about the stop, and is in the history and in the log."""
    entered, go_on = threading.Event(), threading.Event()

    def closes_badly(job: JobContext) -> None:
        try:
            for item in job.items():
                entered.set()
                go_on.wait(PATIENCE)
                _ = item.done()
        finally:
            raise ValueError("the file is closed already")

    async def closes_badly_too(job: JobContext) -> None:
        try:
            async for item in job.items():
                entered.set()
                await asyncio.to_thread(go_on.wait, PATIENCE)
                await item.done()
        finally:
            raise ValueError("the file is closed already")

    action("closes")(closes_badly if thread else closes_badly_too)
    job = lane.begin("closes", ["a", "b"])
    await asyncio.to_thread(entered.wait, PATIENCE)
    lane.stop(job, "pause")
    await lane.status()
    go_on.set()
    end = await job.end()
    assert isinstance(end, JobStopped)
    assert end.notes == ("while it was ended it raised ValueError: the file is closed already",)
    assert "raised this while it was ended" in caplog.text
    assert "Traceback" in caplog.text


async def test_what_is_raised_while_an_item_is_ended(lane: LaneSide) -> None:
    """The same when an item takes too long."""

    @action("slow", item_timeout=SHORT)
    async def slow(job: JobContext) -> None:
        async for item in job.items():
            if item.key == "a":
                try:
                    await asyncio.Event().wait()
                finally:
                    raise LookupError("gone")
            await item.done()

    job = await lane.do("slow", ["a", "b"])
    assert job.log == ["while it was ended it raised LookupError: gone"]
    assert job.states == {"a": "failed", "b": "done"}


@pytest.mark.parametrize("keys", [[], ["a"]], ids=["without items", "before the first"])
async def test_what_is_cut_off_is_said(lane: LaneSide, keys: list[str]) -> None:
    """The history says why this part of the work was done twice."""
    entered = asyncio.Event()

    @action("prepare")
    async def prepare(_job: JobContext) -> None:
        entered.set()
        await asyncio.Event().wait()

    job = lane.begin("prepare", keys)
    await entered.wait()
    lane.stop(job, "pause", deadline=0.0)
    end = await job.end()
    assert isinstance(end, JobStopped)
    assert end.notes == (
        "it has come to no item and no checkpoint within 0 s (pause); what it was at is cut off",
    )


# ---- One at a time


def actions_of_several() -> dict[str, Any]:
    """Return actions that have several items open at a time."""

    async def handle(item: JobItem) -> None:
        await asyncio.sleep(0)
        await item.done()

    async def collect(job: JobContext) -> None:
        await asyncio.gather(*[handle(item) async for item in job.items()])
        await job.say("all is done")

    async def spawn(job: JobContext) -> None:
        async with asyncio.TaskGroup() as tasks:
            async for item in job.items():
                tasks.create_task(handle(item))
        _ = await job.submit("next")

    async def share(job: JobContext) -> None:
        async def pull() -> None:
            async for item in job.items():
                await handle(item)

        await asyncio.gather(*(pull() for _ in range(3)))
        job.log("all is done")

    def in_thread(job: JobContext) -> None:
        for item in list(job.items()):
            _ = item.done()
        job.log("all is done")

    return {"collect": collect, "spawn": spawn, "share": share, "thread": in_thread}


@pytest.mark.parametrize("name", list(actions_of_several()))
async def test_items_that_are_handed_out_one_at_a_time(
    running: RunningLane, lane: LaneSide, name: str
) -> None:
    """None is open beside another up to a position; what stands behind the loop is done once."""
    action(name)(actions_of_several()[name])
    keys = [f"k{number}" for number in range(8)]
    job = await lane.do(name, keys, batch=3, one_by_one=4)
    assert list(job.states) == keys
    marks = [mark for value in running.marks if (mark := marked_item(value)) is not None]
    assert {mark.position for mark in marks if mark.several} <= {5, 6, 7}
    kinds = [message.type for message in job.said]
    others = {"job_message", "job_request", "job_log"}
    assert sum(kind in others for kind in kinds) == 1


async def test_an_action_that_forgets_an_item_handed_out_by_itself(lane: LaneSide) -> None:
    """It is not called for ever: the supervisor hears that it has returned too early."""
    calls: list[int] = []

    @action("forget")
    async def forget(job: JobContext) -> None:
        calls.append(job.id)
        _ = [item async for item in job.items()]

    job = lane.begin("forget", ["a", "b"], one_by_one=1)
    end = await job.end()
    assert isinstance(end, JobFinished)
    assert (end.error, job.outcomes, len(calls)) == (None, {}, 1)


def collect(job: JobContext) -> None:
    """Take all items before the first is done."""
    for item in list(job.items()):
        _ = item.done()


def mixed_threads(job: JobContext) -> None:
    """Use the items in threads, each in its way."""
    with ThreadPoolExecutor(3) as threads:
        for future in [threads.submit(use, job) for use in (collect, loop_over, collect)]:
            future.result()


async def mixed_tasks(job: JobContext) -> None:
    """Use the items in tasks, each in its way."""

    async def one_by_one() -> None:
        async for item in job.items():
            await asyncio.sleep(0)
            await item.done()

    async def collected() -> None:
        for item in [item async for item in job.items()]:
            await asyncio.sleep(0)
            await item.done()

    async with asyncio.TaskGroup() as tasks:
        for use in (collected, one_by_one, collected):
            tasks.create_task(use())


@pytest.mark.parametrize("function", [mixed_threads, mixed_tasks])
async def test_some_collect_and_some_take_one(lane: LaneSide, function: Any) -> None:
    """A task that waits for an item is woken when the call is over, and none waits for ever."""
    action("mixed")(function)
    keys = [f"k{number}" for number in range(12)]
    job = await lane.do("mixed", keys, batch=5, one_by_one=7)
    assert set(job.states) == set(keys)
