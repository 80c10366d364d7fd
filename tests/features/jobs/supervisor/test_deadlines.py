"""Jobs whose time is over fail by themselves, wherever they are then."""

from __future__ import annotations

import random
from typing import Any

import pytest

from meshvisor.features.jobs.model.job import JobStatus
from tests.features.jobs.supervisor.conftest import Bench, new_job

S = JobStatus
HOUR = 3_600_000


async def failed(bench: Bench, job_id: int) -> tuple[Any, ...]:
    """Return the sentence about a job that has timed out."""
    job, what = await bench.job(job_id), await bench.to_tell(job_id)
    return (job.status, job.end_reason, job.error, job.expires_at, what)


async def test_a_job_that_waits_too_long(bench: Bench) -> None:
    """Queued behind another one, it fails at its moment and not before; the other runs on."""
    blocker = await bench.enqueue(new_job(items=2))
    job_id = await bench.enqueue(new_job(items=1, wait_timeout=HOUR))
    await bench.advance(3_599)
    assert (await bench.job(job_id)).status is S.QUEUED
    await bench.advance(2)
    why = "timeout: it has waited 1 h without running"
    assert await failed(bench, job_id) == (S.FAILED, "timeout", why, None, "outcome")
    assert (await bench.history(job_id))[-1] == "failed:timeout"
    assert (await bench.job(blocker)).status is S.ACTIVE


@pytest.mark.parametrize("how", ["pause", "limit", "crash", "no plug-in"])
async def test_a_job_that_is_paused_too_long(bench: Bench, how: str, chance: random.Random) -> None:
    """Of all kinds: each wait has its time, and running ends it."""
    job_id = await bench.enqueue(new_job(items=4, wait_timeout=HOUR))
    await bench.advance(7_200)
    job = await bench.job(job_id)
    assert (job.status, job.expires_at) == (S.ACTIVE, None)
    if how == "pause":
        await bench.wish("pause", job_id)
        bench.lanes.step(chance)
    elif how == "limit":
        bench.lanes.limit(job, 7_200)
    elif how == "crash":
        bench.lanes.die("default", resume_after=HOUR * 2)
    else:
        bench.lanes.die("default", resume_after=0)
        await bench.load()
    await bench.engine.settled()
    await bench.advance(3_599)
    assert (await bench.job(job_id)).status in {S.PAUSED, S.INTERRUPTED}
    await bench.advance(2)
    assert (await bench.job(job_id)).end_reason == "timeout"
    assert bench.lanes.running() == {}


async def test_a_job_with_a_deadline_that_runs(bench: Bench, chance: random.Random) -> None:
    """It stops at its next item and has failed, however its runner ends; a retry begins anew."""
    options = {"deadline": 60.0}
    ids = [
        await bench.enqueue(new_job(items=3, lane=lane, deadline=60_000, options=options))
        for lane in ("default", "game")
    ]
    await bench.advance(59)
    assert bench.held(ids[0]).running.stop is None
    await bench.advance(2)
    assert bench.held(ids[0]).running.stop == "cancel"
    bench.lanes.die("game")
    await bench.engine.settled()
    assert bench.lanes.step(chance)
    why = "timeout: it was to end within 1 min of its submission"
    for job_id in ids:
        assert await failed(bench, job_id) == (S.FAILED, "timeout", why, None, "outcome")
    await bench.wish("retry", ids[0])
    job = await bench.job(ids[0])
    assert (job.status, job.deadline) == (S.ACTIVE, bench.jobs_clock.now() + 60_000)


async def test_a_job_that_ends_in_time(bench: Bench) -> None:
    """Nothing happens to it afterwards, nor to one that has done its last item too late."""
    first = await bench.enqueue(new_job("notifications", deadline=60_000))
    bench.lanes.finish(await bench.job(first))
    late = await bench.enqueue(new_job("notifications", deadline=60_000))
    await bench.engine.settled()
    await bench.advance(61)
    bench.lanes.finish(bench.held(late).running.job)
    for job_id in (first, late):
        job = await bench.job(job_id)
        assert (job.status, job.end_reason) == (S.COMPLETED, None)


async def test_deadlines_outlive_the_supervisor_and_a_set_clock(bench: Bench) -> None:
    """What is over at a start has failed then; a clock that is set changes no length."""
    await bench.enqueue(new_job("notifications"))
    job_id = await bench.enqueue(new_job(items=1, wait_timeout=HOUR))
    await bench.engine.settled()
    bench.clock.set_wall(bench.clock.wall() + 7_200)
    await bench.advance(1)
    assert (await bench.job(job_id)).status is S.QUEUED
    await bench.recover(0)
    await bench.advance(3_600)
    assert (await bench.job(job_id)).end_reason == "timeout"
