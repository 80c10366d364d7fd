"""How runs of jobs end: errors, stops, deadlines, and code that does not end at all."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from dataclasses import replace
from typing import Any, Final, cast

import pytest

from meshvisor import GiveUp, JobContext, RateLimited, action
from meshvisor.features.jobs.messages.from_runner import (
    JobFinished,
    JobRateLimited,
    JobStopped,
    NeedItems,
)
from meshvisor.features.jobs.messages.to_runner import StopReason
from meshvisor.features.jobs.model.job import MAX_ERROR, MAX_TRACEBACK
from meshvisor.features.jobs.worker.timings import Timings
from meshvisor.shared.model.exits import ChildExit
from tests.features.jobs.worker.conftest import Timers
from tests.features.jobs.worker.lane_side import PATIENCE, Job, LaneSide, RunningLane
from tests.worker.conftest import StartLane

SHORT: Final = 0.1
"""Seconds of a deadline that is meant to be missed."""
HASTY: Final = replace(Timings(), grace=0.05)
"""For code that never ends by itself."""

REASONS: Final[tuple[StopReason, ...]] = ("preempt", "pause", "cancel", "shutdown")


async def finished(job: Job) -> JobFinished:
    """Return how the job has ended, which is neither a stop nor a pause."""
    end = await job.end()
    assert isinstance(end, JobFinished), end
    return end


async def stopped(job: Job) -> StopReason:
    """Return why the job has stopped."""
    end = await job.end()
    assert isinstance(end, JobStopped), end
    return end.reason


# ---- Errors


class Mute(Exception):  # noqa: N818 - stands for one of another package
    """An error without a text."""

    def __str__(self) -> str:
        raise RuntimeError("no text")


ERRORS: Final = [
    pytest.param(ValueError("no\n such thing"), "ValueError: no such thing", id="with a text"),
    pytest.param(ValueError(), "ValueError", id="without one"),
    pytest.param(Mute(), "Mute", id="that cannot be written"),
    pytest.param(SystemExit(3), "RuntimeError: the action wants to end", id="exit"),
    pytest.param(KeyboardInterrupt(), "RuntimeError: the action wants to end", id="interrupt"),
    pytest.param(StopIteration(4), "RuntimeError: ", id="stop of an iteration"),
    pytest.param(StopAsyncIteration(4), "StopAsyncIteration: 4", id="stop of another"),
    pytest.param(GeneratorExit(), "GeneratorExit", id="exit of a generator"),
    pytest.param(asyncio.CancelledError(), "CancelledError", id="cancelled by itself"),
    pytest.param(
        ExceptionGroup("all", [ValueError("a"), ExceptionGroup("", [KeyError("b")])]),
        "ValueError: a (and 1 more)",
        id="group",
    ),
    pytest.param(
        BaseExceptionGroup("all", [KeyboardInterrupt("a")]), "KeyboardInterrupt: a", id="base group"
    ),
    pytest.param(
        ExceptionGroup("all", [RateLimited(1), ValueError("b")]),
        "RateLimited: a rate limit asks for a pause of 1 s (and 1 more)",
        id="group with a rate limit",
    ),
]


@pytest.mark.parametrize("thread", [False, True], ids=["coroutine", "thread"])
@pytest.mark.parametrize(("error", "text"), ERRORS)
async def test_an_error(lane: LaneSide, error: BaseException, text: str, thread: bool) -> None:
    """The try has failed, with a sentence; outcomes are kept, and the runner goes on."""

    def fail(job: JobContext) -> None:
        for item in job.items():
            _ = item.done()
            raise error

    async def fail_too(job: JobContext) -> None:
        async for item in job.items():
            _ = item.done()
            raise error

    action("fail")(fail if thread else fail_too)
    job = lane.begin("fail", ["a", "b"])
    end = await finished(job)
    assert end.error is not None
    assert end.error.startswith(text)
    assert not end.final
    assert job.states == {"a": "done"}
    assert (await lane.status()).jobs == ()


async def test_an_error_says_where(lane: LaneSide) -> None:
    """The job's log names the line that raised."""

    @action("fail")
    async def fail(_job: JobContext) -> None:
        raise ValueError("no")

    job = lane.begin("fail")
    await job.end()
    line, raised = job.log
    assert line.startswith("ValueError: no (")
    assert line.endswith(", in fail)")
    assert __file__ in line
    assert raised.startswith("Traceback (most recent call last):\n")
    assert 'raise ValueError("no")\nValueError: no' in raised


async def test_a_long_traceback(lane: LaneSide) -> None:
    """Its end is kept, where the cause stands."""

    @action("fail")
    async def fail(_job: JobContext) -> None:
        raise ValueError("x" * 20_000 + "the end")

    job = lane.begin("fail")
    await job.end()
    _, raised = job.log
    assert len(raised) <= MAX_TRACEBACK
    assert raised[0] == "…"
    assert raised.endswith("the end")


async def test_a_long_error(lane: LaneSide) -> None:
    """It is cut."""

    @action("fail")
    async def fail(_job: JobContext) -> None:
        raise ValueError("x" * 1_000_000)

    error = await lane.fail("fail")
    assert (len(error), error[-1]) == (MAX_ERROR, "…")


class Hollow(ExceptionGroup[ValueError]):
    """A group that does not tell its parts."""

    @property
    def exceptions(self) -> Any:
        """Raise."""
        raise LookupError("it has none")


async def test_an_error_that_cannot_be_looked_into(lane: LaneSide) -> None:
    """The job ends nevertheless."""

    @action("fail")
    async def fail(_job: JobContext) -> None:
        raise Hollow("all", [ValueError("a")])

    assert await lane.fail("fail") == "LookupError: it has none"
    assert (await lane.status()).jobs == ()


async def test_giving_up(lane: LaneSide) -> None:
    """It is said with the action's own words, and no other try follows."""

    @action("give-up")
    async def give_up(_job: JobContext) -> None:
        raise GiveUp("no such\ncode \ud800")

    end = await finished(lane.begin("give-up"))
    assert (end.error, end.final) == ("no such code ?", True)


async def test_memory(running: RunningLane, lane: LaneSide) -> None:
    """Without memory no job of this runner can go on: it ends, and says what was done."""

    @action("hog")
    async def hog(job: JobContext) -> None:
        async for item in job.items():
            _ = item.done()
            if item.key == "b":
                raise MemoryError

    job = lane.begin("hog", ["a", "b", "c"])
    assert await running.exit_code() == ChildExit.OUT_OF_MEMORY
    await lane.ended
    assert job.states == {"a": "done", "b": "done"}
    assert not job.ended.done()


# ---- Rate limits


@pytest.mark.parametrize(
    ("error", "seconds", "key"),
    [
        (RateLimited(30), 30.0, None),
        (RateLimited(0.5, "game"), 0.5, "game"),
        (RateLimited(float("inf")), 7 * 86400.0, None),
        (ExceptionGroup("", [RateLimited(1, "a"), RateLimited(2, "b")]), 2.0, "b"),
    ],
)
@pytest.mark.parametrize("thread", [False, True], ids=["coroutine", "thread"])
async def test_a_rate_limit(
    lane: LaneSide, error: Exception, seconds: float, key: str | None, thread: bool
) -> None:
    """The job waits as long as is asked for, the longest of several; outcomes are said first."""

    def limited(job: JobContext) -> None:
        for item in job.items():
            _ = item.done()
            raise error

    async def limited_too(job: JobContext) -> None:
        async for item in job.items():
            _ = item.done()
            raise error

    action("limited")(limited if thread else limited_too)
    job = lane.begin("limited", ["a", "b"])
    end = await job.end()
    assert isinstance(end, JobRateLimited)
    assert (end.resume_after, end.key) == (seconds, key)
    assert job.states == {"a": "done"}


async def test_a_rate_limit_in_a_group_of_tasks(lane: LaneSide) -> None:
    """What the group wraps is found again."""

    @action("limited")
    async def limited(job: JobContext) -> None:
        async def fetch() -> None:
            raise RateLimited(9)

        async with asyncio.TaskGroup() as group:
            async for _item in job.items():
                group.create_task(fetch())

    end = await lane.begin("limited", ["a", "b"]).end()
    assert isinstance(end, JobRateLimited)
    assert end.resume_after == 9.0


# ---- Stops

Walk = Callable[[JobContext, asyncio.Event, asyncio.Event], Awaitable[None]]


async def plain(job: JobContext, entered: asyncio.Event, go_on: asyncio.Event) -> None:
    """Do one item after another."""
    async for item in job.items():
        entered.set()
        await go_on.wait()
        await item.done()


async def forgiving(job: JobContext, entered: asyncio.Event, go_on: asyncio.Event) -> None:
    """Swallow every Exception."""
    try:
        await plain(job, entered, go_on)
    except Exception as error:  # noqa: BLE001 - what plug-ins do
        job.log(f"swallowed {error!r}")


async def stubborn(job: JobContext, entered: asyncio.Event, go_on: asyncio.Event) -> None:
    """Swallow everything."""
    try:
        await plain(job, entered, go_on)
    except BaseException as error:  # noqa: BLE001 - what plug-ins do
        job.log(f"swallowed {type(error).__name__}")


async def converting(job: JobContext, entered: asyncio.Event, go_on: asyncio.Event) -> None:
    """Make an error of everything."""
    try:
        await plain(job, entered, go_on)
    except BaseException as error:
        raise ValueError("it ended") from error


async def grouped(job: JobContext, entered: asyncio.Event, go_on: asyncio.Event) -> None:
    """Do the same in a group of tasks."""
    async with asyncio.TaskGroup() as group:
        group.create_task(plain(job, entered, go_on))


async def again_and_again(job: JobContext, entered: asyncio.Event, go_on: asyncio.Event) -> None:
    """Swallow everything a few times."""
    for _ in range(5):
        await stubborn(job, entered, go_on)


def register_walk(walk: Walk) -> tuple[asyncio.Event, asyncio.Event]:
    """Register it; return what tells that an item is open, and what lets it end."""
    entered, go_on = asyncio.Event(), asyncio.Event()

    @action("walk")
    async def _walk(job: JobContext) -> None:
        await walk(job, entered, go_on)

    return entered, go_on


WALKS: Final = [plain, forgiving, stubborn, converting, grouped, again_and_again]


@pytest.mark.parametrize("walk", WALKS)
@pytest.mark.parametrize("reason", REASONS)
async def test_a_stop_at_an_item(lane: LaneSide, walk: Walk, reason: StopReason) -> None:
    """The present item is finished and no other begun, whatever the action swallows."""
    entered, go_on = register_walk(walk)
    job = lane.begin("walk", ["a", "b"])
    await entered.wait()
    lane.stop(job, reason)
    await lane.status()
    go_on.set()
    assert await stopped(job) == reason
    assert job.states == {"a": "done"}


@pytest.mark.parametrize("walk", WALKS)
async def test_a_stop_while_it_waits_for_items(lane: LaneSide, walk: Walk) -> None:
    """A job does not wait for its next batch to be stopped, and goes on later where it was."""
    entered, go_on = register_walk(walk)
    lane.mute = True
    go_on.set()
    job = lane.begin("walk", ["a", "b"], batch=1)
    await job.has("a")
    await entered.wait()
    await lane.status()
    lane.stop(job)
    assert await stopped(job) == "preempt"
    assert job.states == {"a": "done"}
    lane.mute = False
    lane.again(job)
    assert (await finished(job)).error is None
    assert job.states == {"a": "done", "b": "done"}


async def test_a_stop_that_comes_too_late(lane: LaneSide) -> None:
    """An action that has no further step has ended, and not been stopped."""
    entered, go_on = asyncio.Event(), asyncio.Event()

    @action("last")
    async def last(job: JobContext) -> None:
        item = await anext(aiter(job.items()))
        entered.set()
        await go_on.wait()
        _ = item.done()

    job = lane.begin("last", ["a"])
    await entered.wait()
    lane.stop(job)
    await lane.status()
    go_on.set()
    assert (await finished(job)).error is None


async def test_a_stop_of_a_thread(lane: LaneSide) -> None:
    """Its loop is left at the next item; `finally` runs."""
    entered, go_on, left = threading.Event(), threading.Event(), threading.Event()

    @action("walk")
    def walk(job: JobContext) -> None:
        try:
            for item in job.items():
                entered.set()
                go_on.wait(PATIENCE)
                _ = item.done()
        finally:
            left.set()

    job = lane.begin("walk", ["a", "b"])
    await asyncio.to_thread(entered.wait, PATIENCE)
    lane.stop(job)
    await lane.status()
    go_on.set()
    assert await stopped(job) == "preempt"
    assert left.is_set()
    assert job.states == {"a": "done"}


async def test_a_stop_of_a_thread_that_waits_for_items(lane: LaneSide) -> None:
    """It is woken, and its loop is left and not ended: what follows on it is not done."""

    @action("walk")
    def walk(job: JobContext) -> None:
        for item in job.items():
            _ = item.done()
        job.log("all is done")

    lane.mute = True
    job = lane.begin("walk", ["a", "b"], batch=1)
    await job.has("a")
    await lane.status()
    lane.stop(job)
    assert await stopped(job) == "preempt"
    assert job.all(NeedItems) != []
    assert job.log == []


@pytest.mark.parametrize("walk", WALKS)
async def test_the_deadline_of_a_stop(lane: LaneSide, walk: Walk) -> None:
    """An item that does not end in time is cancelled and stays pending."""
    entered, _ = register_walk(walk)
    job = lane.begin("walk", ["a", "b"])
    await entered.wait()
    lane.stop(job, deadline=0.0)
    assert await stopped(job) == "preempt"
    assert job.outcomes == {}


async def test_a_second_stop_with_a_nearer_deadline(lane: LaneSide) -> None:
    """Force is heard."""
    entered, _ = register_walk(plain)
    job = lane.begin("walk", ["a"])
    await entered.wait()
    lane.stop(job, "pause")
    lane.stop(job, "shutdown", deadline=0.0)
    assert await stopped(job) == "shutdown"


async def test_a_stop_of_a_job_without_items(lane: LaneSide) -> None:
    """It is cancelled at the deadline."""
    entered = asyncio.Event()

    @action("wait")
    async def wait(_job: JobContext) -> None:
        entered.set()
        await asyncio.Event().wait()

    job = lane.begin("wait")
    await entered.wait()
    lane.stop(job, "cancel", deadline=0.0)
    assert await stopped(job) == "cancel"


# ---- Outcomes at the last moment

LAST: Final[dict[str, type[object]]] = {
    "return": JobFinished,
    "error": JobFinished,
    "give up": JobFinished,
    "rate limit": JobRateLimited,
    "stop": JobStopped,
    "timeout": JobFinished,
}


@pytest.mark.parametrize("how", LAST)
async def test_an_outcome_in_the_turn_of_the_end(lane: LaneSide, how: str) -> None:
    """What a task of the action says while the action ends is said before the end is.

    Behind it the outcome would be that of an earlier run, which counts no more.
    """
    entered, go_on = asyncio.Event(), asyncio.Event()
    errors = {"error": ValueError("no"), "give up": GiveUp("no"), "rate limit": RateLimited(1)}
    tasks: list[asyncio.Task[None]] = []

    @action("late", timeout=SHORT if how == "timeout" else None)
    async def late(job: JobContext) -> None:
        item, last = await anext(aiter(job.items())), asyncio.Event()

        async def say() -> None:
            await last.wait()
            _ = item.done()

        tasks.append(asyncio.create_task(say()))
        try:
            await asyncio.sleep(0)  # the task waits
            entered.set()
            await go_on.wait()
        finally:
            last.set()  # its next step and the end of the action are in one turn
        if how in errors:
            raise errors[how]

    job = lane.begin("late", ["a", "b"])
    await entered.wait()
    if how == "stop":
        lane.stop(job, deadline=0.0)
    elif how != "timeout":
        go_on.set()
    assert isinstance(await job.end(), LAST[how])
    assert job.states == {"a": "done"}


# ---- Items that take too long


@pytest.mark.parametrize("makes_of_it", ["nothing", "the next item", "an end", "an error"])
async def test_an_item_that_takes_too_long(lane: LaneSide, makes_of_it: str) -> None:
    """It fails, and the action is called again for the rest, whatever it makes of that."""
    calls: list[int] = []

    @action("slow", item_timeout=SHORT)
    async def slow(job: JobContext) -> None:
        calls.append(job.attempt)
        async for item in job.items():
            if item.key != "b":
                await item.done()
                continue
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError as error:
                if makes_of_it == "nothing":
                    raise
                if makes_of_it == "an end":
                    return
                if makes_of_it == "an error":
                    raise ValueError("it ended") from error

    job = await lane.do("slow", ["a", "b", "c"])
    assert job.states == {"a": "done", "b": "failed", "c": "done"}
    assert job.error("b") == f"took longer than {SHORT:g} s"
    assert calls == [1, 1]


async def test_an_item_that_ends_at_once_when_it_is_late(start_lane: StartLane) -> None:
    """Code that hears that it is cancelled is not stuck, however little time it has for that."""

    @action("slow", item_timeout=SHORT)
    async def slow(job: JobContext) -> None:
        async for item in job.items():
            if item.key == "a":
                await asyncio.Event().wait()
            await item.done()

    running = await start_lane(replace(Timings(), grace=0.0))
    job = await running.side.do("slow", ["a", "b"])
    assert job.states == {"a": "failed", "b": "done"}


async def test_giving_up_because_of_an_item(lane: LaneSide) -> None:
    """What an action says on purpose counts, also when it is cancelled."""

    @action("slow", item_timeout=SHORT)
    async def slow(job: JobContext) -> None:
        async for _item in job.items():
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                raise GiveUp("it is too slow") from None

    job = lane.begin("slow", ["a", "b"])
    end = await finished(job)
    assert (end.error, end.final) == ("it is too slow", True)
    assert job.states == {"a": "failed"}


async def test_a_rate_limit_because_of_an_item(lane: LaneSide) -> None:
    """The same for a pause that a service asks for while the action is cancelled."""

    @action("slow", item_timeout=SHORT)
    async def slow(job: JobContext) -> None:
        async for _item in job.items():
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                raise RateLimited(7) from None

    end = await lane.begin("slow", ["a", "b"]).end()
    assert isinstance(end, JobRateLimited)
    assert end.resume_after == 7.0


async def test_no_memory_because_of_an_item(running: RunningLane, lane: LaneSide) -> None:
    """The same where there is no memory to end an item."""

    @action("slow", item_timeout=SHORT)
    async def slow(job: JobContext) -> None:
        async for _item in job.items():
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                raise MemoryError from None

    lane.begin("slow", ["a", "b"])
    assert await running.exit_code() == ChildExit.OUT_OF_MEMORY


async def test_a_late_outcome_of_a_thread(lane: LaneSide) -> None:
    """A thread that gets the failure of its item is called again for the rest."""
    go_on = threading.Event()

    @action("slow", item_timeout=SHORT)
    def slow(job: JobContext) -> None:
        for item in job.items():
            if item.key == "a":
                go_on.wait(PATIENCE)
            _ = item.done()

    job = lane.begin("slow", ["a", "b"])
    await job.has("a")
    go_on.set()
    assert (await finished(job)).error is None
    assert job.states == {"a": "failed", "b": "done"}


async def test_a_plain_function_that_returns_a_coroutine(lane: LaneSide) -> None:
    """What a careless decorator makes of an action is an error and not an early end."""

    async def real(_job: JobContext) -> None:
        raise AssertionError

    @action("wrapped")
    def wrapper(job: JobContext) -> Any:
        return real(job)

    assert "returned a coroutine" in await lane.fail("wrapped")


async def test_an_added_item_that_takes_too_long(lane: LaneSide) -> None:
    """The time of an item counts also in a job that began without any."""

    @action("slow", item_timeout=SHORT)
    async def slow(job: JobContext) -> None:
        if not job.total:
            await job.add_items(["a"])
        async for _item in job.items():
            await asyncio.Event().wait()

    job = await lane.do("slow")
    assert job.states == {"a": "failed"}


async def test_only_the_old_one_of_several_items_fails(lane: LaneSide) -> None:
    """What was open beside it is handed out again."""
    calls: list[list[str]] = []

    @action("slow", item_timeout=SHORT)
    async def slow(job: JobContext) -> None:
        calls.append([])
        items = aiter(job.items())
        old = await anext(items)
        calls[-1].append(old.key)
        if len(calls) > 1:
            _ = old.done()
        async for item in items:
            calls[-1].append(item.key)
            item.since += PATIENCE  # as if it had just been handed out, however busy the machine is
            if len(calls) > 1:
                _ = item.done()
        if len(calls) == 1:
            await asyncio.Event().wait()

    job = await lane.do("slow", ["a", "b", "c"])
    assert job.states == {"a": "failed", "b": "done", "c": "done"}
    assert calls == [["a", "b", "c"], ["b", "c"]]


async def test_an_item_of_a_thread_that_takes_too_long(lane: LaneSide) -> None:
    """The thread is left at its next step, and another one does the rest."""
    go_on = threading.Event()
    errors: list[str] = []

    @action("slow", item_timeout=SHORT)
    def slow(job: JobContext) -> None:
        for item in job.items():
            if item.key == "a":
                go_on.wait(PATIENCE)
                try:
                    _ = item.done()
                except Exception as error:  # noqa: BLE001 - which one is checked below
                    errors.append(type(error).__name__)
            else:
                _ = item.done()

    job = lane.begin("slow", ["a", "b"])
    assert (await job.has("a")).state == "failed"
    go_on.set()
    assert (await finished(job)).error is None
    assert job.states == {"a": "failed", "b": "done"}
    assert errors == ["OutcomeError"]


async def test_a_job_that_is_looked_at_for_long(lane: LaneSide, timers: Timers) -> None:
    """What was used to look at its items is not kept."""

    @action("wait", item_timeout=0.0001)
    async def wait(_job: JobContext) -> None:
        while len(timers) < 200:
            await asyncio.sleep(0)
        assert sum(timer() is not None for timer in timers) < 20

    await lane.do("wait")


async def test_the_timers_of_a_runner_that_has_ended(
    running: RunningLane, lane: LaneSide, timers: Timers
) -> None:
    """Where the process goes on without it, its jobs are not looked at any more."""

    @action("wait", timeout=1000)
    async def wait(_job: JobContext) -> None:
        await asyncio.Event().wait()

    job = lane.begin("wait")
    await job.started()
    lane.close()
    await running.exit_code()
    kept = [timer for ref in timers if (timer := ref()) is not None]
    later = asyncio.get_running_loop().time() + PATIENCE
    assert [timer for timer in kept if timer.when() > later and not timer.cancelled()] == []


async def test_a_stop_beside_an_item_that_takes_too_long(lane: LaneSide) -> None:
    """The item fails and the job stops; the action is not called again."""
    calls: list[int] = []

    @action("slow", item_timeout=SHORT)
    async def slow(job: JobContext) -> None:
        calls.append(job.id)
        async for _item in job.items():
            await asyncio.Event().wait()

    job = lane.begin("slow", ["a", "b"])
    lane.stop(job)
    # A stop before the first step leaves no item open.
    assert await stopped(job) == "preempt"
    lane.again(job)
    await lane.status()
    lane.stop(job)
    assert await stopped(job) == "preempt"
    assert job.states == {"a": "failed"}


# ---- Tries that take too long


@pytest.mark.parametrize("thread", [False, True], ids=["coroutine", "thread"])
async def test_a_try_that_takes_too_long(lane: LaneSide, thread: bool) -> None:
    """It has failed; what was done is kept."""

    def slow(job: JobContext) -> None:
        over = threading.Event()
        for item in job.items():
            _ = item.done()
            over.wait(SHORT)

    async def slow_too(job: JobContext) -> None:
        async for item in job.items():
            _ = item.done()
            await asyncio.Event().wait()

    action("slow", timeout=SHORT / 2)(slow if thread else slow_too)
    job = lane.begin("slow", ["a", "b", "c", "d"])
    assert await job.error_of_end() == f"took longer than {SHORT / 2:g} s"
    assert job.states["a"] == "done"
    assert "d" not in job.states


async def test_a_try_that_is_over_does_not_begin_anew(lane: LaneSide) -> None:
    """An item that takes too long meanwhile changes nothing."""
    calls: list[int] = []

    @action("slow", timeout=SHORT, item_timeout=2 * SHORT)
    async def slow(job: JobContext) -> None:
        calls.append(job.id)
        async for item in job.items():
            try:
                await asyncio.Event().wait()
            finally:
                while asyncio.get_running_loop().time() < item.since + 3 * SHORT:
                    try:
                        await asyncio.sleep(0)
                    except asyncio.CancelledError:
                        job.log("it is late as well")

    job = lane.begin("slow", ["a", "b"])
    assert await job.error_of_end() == f"took longer than {SHORT:g} s"
    assert len(calls) == 1


# ---- Code that cannot be stopped


def deaf(release: threading.Event) -> Any:
    """Return an action that does its first item, and in the second one hears nothing."""

    async def ignore_cancellation(job: JobContext) -> None:
        async for item in job.items():
            if item.position == 0:
                _ = item.done()
                continue
            job.log("deaf")
            while not release.is_set():
                try:
                    await asyncio.sleep(0.001)
                except asyncio.CancelledError:
                    job.log("heard, and ignored")

    return ignore_cancellation


def blocked(release: threading.Event) -> Any:
    """Return the same as a thread."""

    def wait(job: JobContext) -> None:
        for item in job.items():
            if item.position == 0:
                _ = item.done()
            else:
                job.log("deaf")
                release.wait(PATIENCE)

    return wait


@pytest.mark.parametrize("cause", ["item", "timeout", "stop"])
@pytest.mark.parametrize("make", [deaf, blocked])
async def test_code_that_cannot_be_stopped(
    start_lane: StartLane, make: Callable[[threading.Event], Any], cause: str
) -> None:
    """What was done is said, then the runner ends to get rid of it."""
    release = threading.Event()
    limits: dict[str, Any] = {"item": {"item_timeout": SHORT}, "timeout": {"timeout": SHORT}}
    action("deaf", **limits.get(cause, {}))(make(release))
    running = await start_lane(HASTY)
    job = running.side.begin("deaf", ["a", "b", "c"])
    await job.has("a")
    if cause == "stop":
        await job.logged("deaf")
        running.side.stop(job, deadline=0.0)
    assert await running.exit_code() == ChildExit.STUCK
    release.set()
    await running.side.ended
    expected = {"item": {"a": "done", "b": "failed"}}
    assert job.states == expected.get(cause, {"a": "done"})
    if cause == "timeout":
        assert await job.error_of_end() == f"took longer than {SHORT:g} s"
    else:
        assert not job.ended.done()


async def test_other_jobs_of_a_stuck_runner(start_lane: StartLane) -> None:
    """What they have done is said as well."""
    release = threading.Event()
    action("deaf", item_timeout=SHORT)(deaf(release))

    @action("honest")
    async def honest(job: JobContext) -> None:
        async for item in job.items():
            _ = item.done()
            await asyncio.Event().wait()

    running = await start_lane(HASTY)
    other = running.side.begin("honest", ["a", "b"])
    running.side.begin("deaf", ["a", "b"])
    assert await running.exit_code() == ChildExit.STUCK
    release.set()
    await running.side.ended
    assert other.states == {"a": "done"}


LANGUAGE: Final = ContextVar("LANGUAGE", default="none")


@pytest.mark.parametrize("thread", [False, True], ids=["coroutine", "thread"])
async def test_context_variables(start_lane: StartLane, thread: bool) -> None:
    """An action finds those that the runner has, a thread as well."""

    def look(job: JobContext) -> None:
        job.log(LANGUAGE.get())

    async def look_too(job: JobContext) -> None:
        job.log(LANGUAGE.get())

    action("look")(look if thread else look_too)
    LANGUAGE.set("Basque")
    running = await start_lane()
    assert (await running.side.do("look")).log == ["Basque"]


async def test_a_function_that_is_no_coroutine_function(lane: LaneSide) -> None:
    """An object that can be called is run in a thread, which keeps no process from its end."""
    names: list[str] = []
    daemons: list[bool] = []

    class Work:
        def __call__(self, job: JobContext) -> None:
            names.append(threading.current_thread().name)
            daemons.append(threading.current_thread().daemon)

    work = Work()
    work.__module__ = __name__
    action("work")(cast("Any", work))
    job = await lane.do("work")
    assert names == [f"job {job.id}"]
    assert daemons == [True]
