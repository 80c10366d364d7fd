"""Checkpoints: where a job can be stopped beside its items, and what it finds again."""

from __future__ import annotations

import asyncio
import threading
from typing import Any, Final

import pytest

from meshvisor import JobContext, JobError, action
from meshvisor.features.jobs.messages.from_runner import Checkpoint, JobFinished, JobStopped
from meshvisor.features.jobs.messages.to_runner import StopReason
from meshvisor.features.jobs.model.job import MAX_STATE
from tests.features.jobs.worker.lane_side import PATIENCE, LaneSide

REASONS: Final[tuple[StopReason, ...]] = ("preempt", "pause", "cancel", "shutdown")


def register(where: str, entered: threading.Event, go_on: threading.Event, thread: bool) -> None:
    """Register an action that comes to a checkpoint when it may go on."""

    def prepare() -> None:
        entered.set()
        go_on.wait(PATIENCE)

    def in_thread(job: JobContext) -> None:
        if where != "item":
            prepare()
            _ = job.checkpoint()
        for item in job.items():
            if where == "item":
                prepare()
                _ = job.checkpoint()
            _ = item.done()

    async def in_loop(job: JobContext) -> None:
        if where != "item":
            await asyncio.to_thread(prepare)
            await job.checkpoint()
        async for item in job.items():
            if where == "item":
                await asyncio.to_thread(prepare)
                await job.checkpoint()
            await item.done()

    action("work")(in_thread if thread else in_loop)


@pytest.mark.parametrize("thread", [False, True], ids=["coroutine", "thread"])
@pytest.mark.parametrize("where", ["item", "before", "none"])
@pytest.mark.parametrize("reason", REASONS)
async def test_a_stop_at_a_checkpoint(
    lane: LaneSide, where: str, reason: StopReason, thread: bool
) -> None:
    """Nothing is cut off: the job stops there, and carries on with all that is left."""
    entered, go_on = threading.Event(), threading.Event()
    register(where, entered, go_on, thread)
    job = lane.begin("work", [] if where == "none" else ["a", "b"])
    await asyncio.to_thread(entered.wait, PATIENCE)
    lane.stop(job, reason)
    await lane.status()
    go_on.set()
    end = await job.end()
    assert isinstance(end, JobStopped)
    assert (end.reason, end.notes, job.outcomes) == (reason, None, {})
    lane.again(job)
    assert isinstance(await job.end(), JobFinished)
    assert not job.pending()


async def test_a_checkpoint_without_await(lane: LaneSide) -> None:
    """It stops the job all the same, and costs no warning where it does not."""
    entered, go_on = asyncio.Event(), asyncio.Event()

    @action("work")
    async def work(job: JobContext) -> None:
        _ = job.checkpoint()
        entered.set()
        await go_on.wait()
        _ = job.checkpoint()
        raise AssertionError

    job = lane.begin("work")
    await entered.wait()
    lane.stop(job)
    await lane.status()
    go_on.set()
    assert isinstance(await job.end(), JobStopped)


@pytest.mark.parametrize("thread", [False, True], ids=["coroutine", "thread"])
async def test_a_loop_of_checkpoints(lane: LaneSide, thread: bool) -> None:
    """Code that computes without end lets others in and hears the stop, at few messages."""
    entered = threading.Event()

    def in_thread(job: JobContext) -> None:
        while True:
            entered.set()
            _ = job.checkpoint()

    async def in_loop(job: JobContext) -> None:
        while True:
            entered.set()
            await job.checkpoint()

    action("spin")(in_thread if thread else in_loop)
    job = lane.begin("spin")
    await asyncio.to_thread(entered.wait, PATIENCE)
    await lane.status()
    lane.stop(job)
    assert isinstance(await job.end(), JobStopped)
    assert 1 <= len(job.all(Checkpoint)) < 10


@pytest.mark.parametrize("thread", [False, True], ids=["coroutine", "thread"])
async def test_a_state_is_found_again(lane: LaneSide, thread: bool) -> None:
    """A job without items goes on where it was, in each further run."""
    pages: list[int] = []

    def in_thread(job: JobContext) -> None:
        for page in range(job.state or 0, 4):
            pages.append(page)
            _ = job.checkpoint(page + 1)
            if len(pages) == 2:
                raise ValueError("no")
        assert job.state == 4

    async def in_loop(job: JobContext) -> None:
        for page in range(job.state or 0, 4):
            pages.append(page)
            await job.checkpoint(page + 1)
            if len(pages) == 2:
                raise ValueError("no")
        assert job.state == 4

    action("walk")(in_thread if thread else in_loop)
    job = lane.begin("walk")
    assert await job.error_of_end() == "ValueError: no"
    lane.again(job)
    end = await job.end()
    assert isinstance(end, JobFinished)
    assert end.error is None
    assert pages == [0, 1, 2, 3]


async def test_a_state_is_kept_before_a_stop(lane: LaneSide) -> None:
    """What is given to the checkpoint at which a job stops is not lost."""
    entered, go_on = asyncio.Event(), asyncio.Event()

    @action("walk")
    async def walk(job: JobContext) -> None:
        if job.state is None:
            entered.set()
            await go_on.wait()
            await job.checkpoint({"page": 7})
            raise AssertionError
        assert job.state == {"page": 7}

    job = lane.begin("walk")
    await entered.wait()
    go_on.set()
    lane.stop(job)
    assert isinstance(await job.end(), JobStopped)
    assert job.state == {"page": 7}
    lane.again(job)
    end = await job.end()
    assert isinstance(end, JobFinished)
    assert end.error is None


@pytest.mark.parametrize(
    ("state", "error"), [(object(), "^the state is no JSON"), ("x" * MAX_STATE, "64 KiB|65536")]
)
async def test_a_state_that_cannot_be(lane: LaneSide, state: Any, error: str) -> None:
    """The action hears of it, and nothing is kept."""

    @action("keep")
    async def keep(job: JobContext) -> None:
        with pytest.raises(ValueError, match=error):
            await job.checkpoint(state)

    job = await lane.do("keep")
    assert job.all(Checkpoint) == []


async def test_a_state_that_is_refused(lane: LaneSide) -> None:
    """What the supervisor refuses is raised with its sentence."""

    @action("keep")
    async def keep(job: JobContext) -> None:
        with pytest.raises(JobError, match="not today"):
            await job.checkpoint(1)

    lane.refusal = "not today"
    await lane.do("keep")
