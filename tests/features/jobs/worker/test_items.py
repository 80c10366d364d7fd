"""Handing out items, and what becomes of them."""

from __future__ import annotations

import asyncio
import itertools
import threading
from dataclasses import replace
from typing import Any, Final

import pytest

from meshvisor import JobContext, JobItem, OutcomeError, action
from meshvisor.features.jobs.messages.from_runner import (
    ItemResults,
    JobFinished,
    JobStarted,
    JobStopped,
    NeedItems,
)
from meshvisor.features.jobs.model.job import MAX_ERROR, MAX_RESULT, item_mark
from meshvisor.features.jobs.worker.timings import Timings
from meshvisor.shared.model.exits import ChildExit
from meshvisor.shared.protocol.to_worker import Shutdown
from tests.features.jobs.worker.lane_side import PATIENCE, LaneSide, RunningLane
from tests.worker.conftest import StartLane


def keys(count: int) -> list[str]:
    """Return so many keys."""
    return [f"k{number}" for number in range(count)]


def register_done() -> None:
    """Register actions that do every item, one as a coroutine and one as a thread."""

    @action("do")
    async def do(job: JobContext) -> None:
        async for item in job.items():
            await item.done(item.key)

    @action("do-in-thread")
    def do_in_thread(job: JobContext) -> None:
        for item in job.items():
            _ = item.done(item.key)


@pytest.mark.parametrize("name", ["do", "do-in-thread"])
@pytest.mark.parametrize("batch", [1, 7, 1000])
async def test_batches(lane: LaneSide, name: str, batch: int) -> None:
    """Every item is handed out once and in order, and each batch is asked for once."""
    register_done()
    job = await lane.do(name, keys(30), batch=batch)
    assert list(job.results.items()) == [(key, key) for key in keys(30)]
    assert [need.after for need in job.all(NeedItems)] == list(range(batch - 1, 29, batch))


async def test_a_batch_is_asked_for_in_time(lane: LaneSide) -> None:
    """The next batch is wanted while there is still work, so that no task waits for it."""
    at: list[int] = []

    @action("look")
    async def look(job: JobContext) -> None:
        async for item in job.items():
            await item.done()
            if item.position == 200:
                await lane.status()
                at.append(len(needs()))

    def needs() -> list[NeedItems]:
        return job.all(NeedItems)

    job = lane.begin("look", keys(600), batch=256)
    await job.end()
    assert at == [1]
    assert len(job.outcomes) == 600
    assert [need.after for need in needs()] == [255, 511]


@pytest.mark.parametrize("name", ["do", "do-in-thread"])
async def test_outcomes_come_in_batches_before_the_end(lane: LaneSide, name: str) -> None:
    """Outcomes are said in order, and the end last."""
    register_done()
    job = await lane.do(name, keys(1000), batch=1000)
    kinds = [type(message) for message in job.said if not isinstance(message, JobStarted)]
    assert kinds[-1] is JobFinished
    assert set(kinds[:-1]) == {ItemResults}
    assert list(job.outcomes) == list(range(1000))


async def test_outcomes_that_are_not_awaited_share_a_message(lane: LaneSide) -> None:
    """A coroutine that does not wait says two hundred outcomes at a time."""

    @action("do")
    async def do(job: JobContext) -> None:
        for item in [item async for item in job.items()]:
            _ = item.done()

    job = await lane.do("do", keys(1000), batch=1000)
    assert [len(message.results) for message in job.all(ItemResults)] == [200] * 5


async def test_small_results_behind_large_ones(lane: LaneSide) -> None:
    """They share a message again."""

    @action("do")
    async def do(job: JobContext) -> None:
        for item in [item async for item in job.items()]:
            _ = item.done("x" * (MAX_RESULT - 2) if item.position < 4 else None)

    job = await lane.do("do", keys(100))
    assert [len(message.results) for message in job.all(ItemResults)] == [4, 96]


async def test_large_results_fit_their_messages(lane: LaneSide) -> None:
    """Many results of the greatest size are cut into messages that can be sent."""

    @action("do")
    async def do(job: JobContext) -> None:
        for item in [item async for item in job.items()]:
            _ = item.done("x" * (MAX_RESULT - 2))

    job = await lane.do("do", keys(40))
    assert {len(result) for result in job.results.values()} == {MAX_RESULT - 2}


@pytest.mark.parametrize("name", ["do", "do-in-thread"])
async def test_a_job_without_items(lane: LaneSide, name: str) -> None:
    """Its loop ends at once."""
    register_done()
    job = await lane.do(name)
    assert job.all(NeedItems) == []


async def test_many_batches(lane: LaneSide) -> None:
    """All items are done, each once."""
    register_done()
    job = await lane.do("do", keys(20_000))
    assert len(job.outcomes) == 20_000
    assert len(job.all(NeedItems)) == 78


async def test_outcomes(lane: LaneSide) -> None:
    """Each state arrives with its result or its error, on one line."""

    @action("try")
    async def attempt(job: JobContext) -> None:
        done, existing, failed, silent, long = [item async for item in job.items()]
        await done.done({"name": "ann"})
        await existing.existing([1, None])
        await failed.failed(ValueError("no\n  such player"))
        await silent.failed("")
        await long.failed("é" * 10_000)

    job = await lane.do("try", keys(5))
    assert list(job.states.values()) == ["done", "existing", "failed", "failed", "failed"]
    assert job.results["k0"] == {"name": "ann"}
    assert job.results["k1"] == [1, None]
    assert job.error("k2") == "no such player"
    assert job.error("k3") == "it failed"
    error = job.error("k4")
    assert error is not None
    assert (len(error), error[-1]) == (MAX_ERROR, "…")


async def test_an_error_that_cannot_be_written(lane: LaneSide) -> None:
    """An item fails also with an exception that has no text."""

    class Mute(Exception):  # noqa: N818 - stands for one of another package
        def __str__(self) -> str:
            raise RuntimeError("no text")

    @action("try")
    async def attempt(job: JobContext) -> None:
        async for item in job.items():
            await item.failed(Mute())

    job = await lane.do("try", ["a"])
    assert job.error("a") == "Mute"


class Odd:
    """Something that is no JSON."""


@pytest.mark.parametrize(
    ("result", "error"),
    [
        pytest.param(
            Odd(),
            "the result of 'a' is no JSON: Object of type Odd is not JSON serializable",
            id="object",
        ),
        pytest.param(
            float("nan"), "the result of 'a' is no JSON: Out of range float values", id="nan"
        ),
        pytest.param({(1, 2): 3}, "is no JSON: keys must be str", id="key"),
        pytest.param("x" * MAX_RESULT, f"{MAX_RESULT + 2} bytes; {MAX_RESULT} are", id="large"),
        pytest.param("ä" * (MAX_RESULT // 2), f"{MAX_RESULT + 2} bytes", id="bytes count"),
        pytest.param(10**5000, "is no JSON", id="long number"),
    ],
)
async def test_a_result_that_cannot_be_sent(lane: LaneSide, result: Any, error: str) -> None:
    """The action hears why, and the item may still get an outcome."""
    errors: list[str] = []

    @action("try")
    async def attempt(job: JobContext) -> None:
        async for item in job.items():
            with pytest.raises(ValueError, match=r"has|is") as caught:
                await item.done(result)
            errors.append(str(caught.value))
            await item.failed("it could not be written")

    job = await lane.do("try", ["a"])
    assert job.states == {"a": "failed"}
    assert error in errors[0]


def nested(depth: int) -> Any:
    """Return lists in lists."""
    value: Any = None
    for _ in range(depth):
        value = [value]
    return value


@pytest.mark.parametrize("depth", [300, 100_000])
async def test_a_result_that_is_nested_too_deeply(lane: LaneSide, depth: int) -> None:
    """A result that the supervisor could not read costs its item's try and nothing else."""

    @action("try")
    async def attempt(job: JobContext) -> None:
        async for item in job.items():
            await item.done(nested(depth))

    assert "is no JSON" in await lane.fail("try", ["a"])
    await lane.status()


async def test_odd_results(lane: LaneSide) -> None:
    """Half characters become question marks; a result is what it was when it was said."""

    @action("try")
    async def attempt(job: JobContext) -> None:
        half, changed, error, empty = [item async for item in job.items()]
        await half.done("a\ud800b")
        value = [1]
        sent = changed.done(value)
        value.append(2)
        await sent
        await error.failed("a\udfff")
        await empty.done(False)

    job = await lane.do("try", keys(4))
    assert job.results == {"k0": "a?b", "k1": [1], "k2": None, "k3": False}
    assert job.error("k2") == "a?"


async def test_a_second_outcome(lane: LaneSide) -> None:
    """The first one counts, and the action hears of its mistake."""
    errors: list[str] = []

    @action("twice")
    async def twice(job: JobContext) -> None:
        async for item in job.items():
            await item.done()
            for again in (item.done, item.existing, lambda item=item: item.failed("no")):
                with pytest.raises(OutcomeError) as caught:
                    await again()
                errors.append(str(caught.value))

    job = await lane.do("twice", ["a"])
    assert job.states == {"a": "done"}
    assert errors == ["the item 'a' is done already"] * 3


async def test_idempotency_keys(lane: LaneSide) -> None:
    """They are the same in each try of an item, and differ by job and item."""
    found: list[str] = []

    @action("collect")
    async def collect(job: JobContext) -> None:
        async for item in job.items():
            found.append(item.idempotency_key)
            if len(found) > 2:
                await item.done()

    job = lane.begin("collect", ["a", "b"], created_at=5)
    await job.end()
    lane.again(job)
    await job.end()
    assert found == [f"meshvisor-5-{job.id}-0", f"meshvisor-5-{job.id}-1"] * 2


@pytest.mark.parametrize("name", ["do", "do-in-thread"])
async def test_the_mark(running: RunningLane, lane: LaneSide, name: str) -> None:
    """The supervisor can see which item is worked on, and that none is any more."""
    register_done()
    job = await lane.do(name, ["a", "b"])
    assert [mark for mark, _ in itertools.groupby(running.marks)] == [
        *(item_mark(job.id, 0), 0),
        *(item_mark(job.id, 1), 0),
    ]


async def test_the_mark_of_several_open_items(running: RunningLane, lane: LaneSide) -> None:
    """It names one only when there is no other, and never one that has an outcome."""
    marks: list[int] = []

    @action("both")
    async def both(job: JobContext) -> None:
        first, second = [item async for item in job.items()]
        marks.append(running.marks[-1])
        await second.done()
        marks.append(running.marks[-1])
        await first.done()
        marks.append(running.marks[-1])

    job = await lane.do("both", ["a", "b"])
    assert marks == [item_mark(job.id, 1, several=True), item_mark(job.id, 0), 0]


@pytest.mark.parametrize("end", ["stop", "error", "anew"])
async def test_the_mark_goes_with_its_job(running: RunningLane, lane: LaneSide, end: str) -> None:
    """An item that was left open is not blamed for what happens later."""
    entered = asyncio.Event()
    marks: list[int] = []

    @action("leave", item_timeout=0.05 if end == "anew" else 60)
    async def leave(job: JobContext) -> None:
        if entered.is_set():
            marks.append(running.marks[-1])
        async for _item in job.items():
            entered.set()
            if end == "error":
                raise ValueError("no")
            await asyncio.Event().wait()

    job = lane.begin("leave", ["a"])
    await entered.wait()
    if end == "stop":
        lane.stop(job, deadline=0.0)
    await job.end()
    marks.append(running.marks[-1])
    assert set(marks) == {0}


async def test_an_action_that_never_awaits(lane: LaneSide) -> None:
    """Coroutines that do not wait hear a stop, and let others in."""
    entered = asyncio.Event()

    @action("spin")
    async def spin(job: JobContext) -> None:
        for batch in itertools.count():
            await job.add_items(keys_of(batch))
            async for item in job.items():
                entered.set()
                _ = item.done()

    def keys_of(batch: int) -> list[str]:
        return [f"{batch}-{number}" for number in range(100)]

    job = lane.begin("spin")
    await entered.wait()
    await lane.status()
    lane.stop(job, "pause")
    end = await job.end()
    assert isinstance(end, JobStopped)
    assert set(job.states.values()) == {"done"}


async def test_an_action_that_never_awaits_anything_but_its_items(lane: LaneSide) -> None:
    """One that has very many items at hand stops long before the last one."""
    begun = asyncio.Event()
    count = 20_000

    @action("spin")
    async def spin(job: JobContext) -> None:
        async for item in job.items():
            begun.set()
            job.data.get("nothing")
            _ = item.done()

    job = lane.begin("spin", keys(count), batch=count)
    await begun.wait()
    lane.stop(job)
    assert isinstance(await job.end(), JobStopped)
    assert 0 < len(job.outcomes) < count


async def test_two_loops_share_the_items(lane: LaneSide) -> None:
    """Several tasks may take items from one job, also while they wait for more."""

    @action("share")
    async def share(job: JobContext) -> None:
        async def work() -> None:
            async for item in job.items():
                await asyncio.sleep(0)
                await item.done()

        async with asyncio.TaskGroup() as group:
            for _ in range(5):
                group.create_task(work())

    job = await lane.do("share", keys(500), batch=3)
    assert len(job.outcomes) == 500


async def test_one_of_two_loops_is_cancelled(lane: LaneSide) -> None:
    """The other one still gets the items that both have waited for."""

    @action("share")
    async def share(job: JobContext) -> None:
        async def work() -> None:
            async for item in job.items():
                await item.done()

        first, second = asyncio.create_task(work()), asyncio.create_task(work())
        await both.has("a")  # by the first one; the second one waits for the next batch
        second.cancel()
        await asyncio.wait([second])
        job.log("cancelled")
        await first

    lane.mute = True
    both = lane.begin("share", ["a", "b"], batch=1)
    await both.logged("cancelled")
    (need,) = both.all(NeedItems)
    lane.answer_need(both, need)
    assert isinstance(await both.end(), JobFinished)
    assert both.states == {"a": "done", "b": "done"}


async def test_outcomes_of_other_threads(lane: LaneSide) -> None:
    """A coroutine may have its items done by threads."""

    @action("delegate")
    async def delegate(job: JobContext) -> None:
        async for item in job.items():
            _ = await asyncio.to_thread(item.done, threading.current_thread().name)

    job = await lane.do("delegate", keys(20))
    assert len(job.outcomes) == 20


# ---- A supervisor that does not read


def register_large(worked: list[str]) -> None:
    """Register actions with large results: one waits for each outcome, two do not."""
    large = "x" * (MAX_RESULT - 2)

    @action("awaits")
    async def awaits(job: JobContext) -> None:
        async for item in job.items():
            worked.append(item.key)
            await item.done(large)

    @action("hurries")
    async def hurries(job: JobContext) -> None:
        async for item in job.items():
            worked.append(item.key)
            _ = item.done(large)

    @action("thread")
    def thread(job: JobContext) -> None:
        for item in job.items():
            worked.append(item.key)
            _ = item.done(large)


async def held_up(worked: list[str]) -> None:
    """Return when an action has begun, and then gets no further in a great many turns.

    Other threads do something in each of them, so that one that could go on does.
    """
    async with asyncio.timeout(PATIENCE):
        before = -1
        while not worked or len(worked) > before:
            before = len(worked)
            for _ in range(300):
                await asyncio.to_thread(threading.get_ident)


LARGE: Final = [("awaits", 20), ("hurries", 100), ("thread", 100)]
"""What some megabytes of sockets and transports hold, of 200 items."""


@pytest.mark.parametrize(("name", "most"), LARGE)
async def test_a_supervisor_that_does_not_read(lane: LaneSide, name: str, most: int) -> None:
    """An action waits instead of filling the memory; later nothing is missing."""
    worked: list[str] = []
    register_large(worked)
    lane.listen(False)
    job = lane.begin(name, keys(200))
    await held_up(worked)
    assert len(worked) < most
    lane.listen(True)
    assert isinstance(await job.end(), JobFinished)
    assert list(job.states) == keys(200)


@pytest.mark.parametrize("name", ["hurries", "thread"])
async def test_a_stop_without_a_reader(lane: LaneSide, name: str) -> None:
    """An action that is held up hears it at once."""
    worked: list[str] = []
    register_large(worked)
    lane.listen(False)
    job = lane.begin(name, keys(200))
    await held_up(worked)
    lane.stop(job)
    await held_up(worked)
    lane.listen(True)
    assert isinstance(await job.end(), JobStopped)
    assert list(job.states) == worked
    assert len(worked) < 100


@pytest.mark.parametrize("name", ["hurries", "thread"])
async def test_the_end_of_a_supervisor_that_does_not_read(
    running: RunningLane, lane: LaneSide, name: str
) -> None:
    """An action that is held up gets nothing more, and the runner ends."""
    worked: list[str] = []
    register_large(worked)
    lane.listen(False)
    lane.begin(name, keys(200))
    await held_up(worked)
    lane.close()
    assert await running.exit_code() == ChildExit.ORPHANED
    assert len(worked) < 100


@pytest.mark.parametrize("name", ["awaits", "hurries", "thread"])
async def test_an_end_without_a_reader(start_lane: StartLane, name: str) -> None:
    """A runner that is to end does not wait for ever for a reader."""
    worked: list[str] = []
    register_large(worked)
    running = await start_lane(replace(Timings(), flush=0.02))
    running.side.listen(False)
    running.side.begin(name, keys(200))
    await held_up(worked)
    running.side.send(Shutdown(mode="forced", deadline=PATIENCE))
    assert await running.exit_code() == ChildExit.DONE
    running.side.listen(True)


async def test_a_supervisor_that_leaves_without_reading(start_lane: StartLane) -> None:
    """A runner that is to end and still has something to say ends without that."""
    worked: list[str] = []
    register_large(worked)
    running = await start_lane(replace(Timings(), flush=PATIENCE))
    running.side.listen(False)
    running.side.begin("hurries", keys(200))
    await held_up(worked)
    running.side.send(Shutdown(mode="forced", deadline=PATIENCE))
    await held_up(worked)
    running.side.close()
    assert await running.exit_code() == ChildExit.DONE


async def test_an_early_return_says_what_was_done(lane: LaneSide) -> None:
    """The supervisor hears that the action has ended, and judges the rest."""

    @action("first")
    async def first(job: JobContext) -> None:
        async for item in job.items():
            _ = item.done()
            return

    job = lane.begin("first", ["a", "b"])
    end = await job.end()
    assert isinstance(end, JobFinished)
    assert end.error is None
    assert job.states == {"a": "done"}


async def test_a_thread_says_its_last_outcome(lane: LaneSide) -> None:
    """An outcome that is said just before a thread ends is not lost."""
    items: list[JobItem] = []

    @action("first")
    def first(job: JobContext) -> None:
        items.extend(job.items())
        for item in reversed(items):
            _ = item.done()
        raise ValueError("and then")

    job = lane.begin("first", keys(50))
    assert await job.error_of_end() == "ValueError: and then"
    assert len(job.outcomes) == 50
