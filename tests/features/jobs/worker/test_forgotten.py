"""What an action asks for without awaiting it is done, or the attempt fails; never in silence."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from meshvisor import JobContext, action
from meshvisor.features.jobs.messages.from_runner import (
    AddItems,
    EnqueueRequest,
    JobMessage,
    JobStopped,
)
from tests.features.jobs.worker.lane_side import LaneSide

ASKS: dict[str, Any] = {
    "job.submit": lambda job: job.submit("other"),
    "job.say": lambda job: job.say("hello"),
    "job.add_items": lambda job: job.add_items(["new"]),
    "job.checkpoint": lambda job: job.checkpoint({"page": 1}),
}
KINDS: dict[str, Any] = {
    "job.submit": EnqueueRequest,
    "job.say": JobMessage,
    "job.add_items": AddItems,
}


@pytest.mark.parametrize("name", list(ASKS))
@pytest.mark.parametrize("last", [False, True], ids=["first", "last"])
async def test_it_is_done_and_said(lane: LaneSide, name: str, last: bool) -> None:
    """Wherever it stands, and the history names what lacks an await."""

    @action("forget")
    async def forget(job: JobContext) -> None:
        if last:
            async for item in job.items():
                await item.done()
        _ = ASKS[name](job)
        if not last:
            await asyncio.sleep(0)
            async for item in job.items():
                await item.done()

    job = lane.begin("forget", ["a"])
    await job.end()
    if name in KINDS:
        assert len(job.all(KINDS[name])) == 1
    assert job.state == ({"page": 1} if name == "job.checkpoint" else None)
    assert job.log == [f"{name} was called without await; it is done all the same"]


@pytest.mark.parametrize("name", list(ASKS))
async def test_a_refusal_fails_the_attempt(lane: LaneSide, name: str) -> None:
    """It would go unnoticed otherwise."""

    @action("forget")
    async def forget(job: JobContext) -> None:
        _ = ASKS[name](job)

    lane.refusal = "not today"
    error = await lane.fail("forget")
    assert error.endswith("not today")


async def test_what_is_awaited_later_is_not_forgotten(lane: LaneSide) -> None:
    """Whether by itself, in a task or with others; the answer can be read afterwards as well."""

    @action("later")
    async def later(job: JobContext) -> None:
        first, second, third = (job.submit("other") for _ in range(3))
        with pytest.raises(RuntimeError, match=r"job\.submit is not there yet; await it"):
            _ = first.value
        await asyncio.sleep(0)
        await asyncio.gather(first, second)
        assert await third == first.value == second.value == 1000

    job = await lane.do("later")
    assert len(job.all(EnqueueRequest)) == 3
    assert job.log == []


async def test_a_job_that_stops_behind_it(lane: LaneSide) -> None:
    """What was asked for before a stop is asked before the stop is said."""
    entered, go_on = asyncio.Event(), asyncio.Event()

    @action("forget")
    async def forget(job: JobContext) -> None:
        entered.set()
        await go_on.wait()
        _ = job.submit("other")
        async for item in job.items():
            await item.done()

    job = lane.begin("forget", ["a"])
    await entered.wait()
    lane.stop(job)
    await lane.status()
    go_on.set()
    assert isinstance(await job.end(), JobStopped)
    kinds = [type(message) for message in job.said]
    assert kinds.index(EnqueueRequest) < kinds.index(JobStopped)
