"""Services that refuse and ask for no pause, for ever."""

from __future__ import annotations

import pytest

from meshvisor.features.jobs.messages.from_runner import ItemResult, ItemResults, JobRateLimited
from meshvisor.features.jobs.model.job import JobStatus
from meshvisor.features.jobs.supervisor import message_handling
from meshvisor.features.jobs.supervisor.ledger.job import Job
from meshvisor.features.jobs.supervisor.message_handling import MOST_HOLLOW
from tests.features.jobs.supervisor.conftest import SPECS, Bench, new_job

S = JobStatus


async def refuse(bench: Bench, job_id: int, seconds: float = 0.0) -> Job:
    """Say that a job that runs has met a rate limit; return what becomes of it."""
    held = bench.held(job_id)
    job = held.running.job
    message = JobRateLimited(job_id=job.id, run=job.run, resume_after=seconds)
    await bench.engine.do(message_handling.limited(message, held.running.spec))
    return await bench.job(job_id)


async def wait(bench: Bench, job: Job) -> float:
    """Let a pause pass; return how long it was."""
    assert job.resume_after is not None
    seconds = (job.resume_after - bench.jobs_clock.now()) / 1000
    await bench.advance(seconds)
    return round(seconds, 3)


async def test_it_backs_off_and_ends(bench: Bench) -> None:
    """The pauses grow, then the attempts are used up, and the job fails with the reason."""
    spec = next(spec for spec in SPECS if spec.name == "refresh")
    job_id = await bench.enqueue(new_job("refresh", items=3))
    pauses = []
    for _ in range(MOST_HOLLOW):
        job = await refuse(bench, job_id)
        assert (job.status, job.pause_reason, job.attempt) == (S.PAUSED, "rate_limited", 1)
        pauses.append(await wait(bench, job))
    assert pauses == [0.25 * 2**number for number in range(MOST_HOLLOW)]
    for attempt in range(1, spec.attempts + 1):
        job = await refuse(bench, job_id)
        assert job.attempt == attempt
        if attempt < spec.attempts:
            assert job.pause_reason == "retry"
            await wait(bench, job)
    assert job.status is S.FAILED
    assert job.error is not None
    assert "asked for no pause" in job.error


async def test_an_item_begins_a_new_count(bench: Bench) -> None:
    """A job that gets on is not given up, however often it is refused."""
    job_id = await bench.enqueue(new_job("refresh", items=30))
    for position in range(20):
        run = (await bench.job(job_id)).run
        done = (ItemResult(position=position, state="done"),)
        await bench.engine.do(
            message_handling.results(ItemResults(job_id=job_id, run=run, results=done))
        )
        job = await refuse(bench, job_id)
        assert await wait(bench, job) == 0.25
    assert (await bench.job(job_id)).attempt == 1


@pytest.mark.parametrize("seconds", [1.0, 1.5, 60.0])
async def test_a_service_that_says_how_long(bench: Bench, seconds: float) -> None:
    """It is believed, however often it says so."""
    job_id = await bench.enqueue(new_job("refresh", items=3))
    for _ in range(2 * MOST_HOLLOW):
        job = await refuse(bench, job_id, seconds)
        assert await wait(bench, job) == seconds
    assert (await bench.job(job_id)).attempt == 1
