"""Jobs that run and get nowhere are noticed, once until they get on."""

from __future__ import annotations

import random

import pytest

from meshvisor.features.jobs.model.job import JobStatus
from meshvisor.features.jobs.supervisor import progress
from meshvisor.features.jobs.supervisor.ledger import history
from meshvisor.features.jobs.supervisor.ledger.job import Millis
from meshvisor.features.jobs.supervisor.stuck import StuckWatch
from meshvisor.features.jobs.supervisor.why import Facts, explain
from tests.features.jobs.supervisor.conftest import Bench, new_job

MINUTE = 60_000


@pytest.fixture
def watch(bench: Bench) -> StuckWatch:
    """Return a watch over what the puppets have, ten minutes patient."""

    def running() -> list[object]:
        return [held.running for lane in bench.lanes.lanes.values() for held in lane.held.values()]

    return StuckWatch(running, bench.engine, bench.clock, lambda: 600.0)  # type: ignore[arg-type]


async def test_a_job_that_gets_nowhere(
    bench: Bench, watch: StuckWatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Its history, `why` and its room say so; the next item ends that."""
    job_id = await bench.enqueue(new_job(items=3))
    await bench.engine.settled()
    bench.held(job_id).running.progressed_at = bench.clock.monotonic()
    await bench.advance(599)
    watch.scan()
    assert (await bench.job(job_id)).stuck_since is None
    await bench.advance(61)
    for _ in range(2):
        watch.scan()
        await bench.engine.settled()
    assert [vars(record).get("event") for record in caplog.records] == ["job.stuck"]
    job = await bench.job(job_id)
    now = bench.jobs_clock.now()
    assert (job.status, job.stuck_since) == (JobStatus.ACTIVE, now - 11 * MINUTE)
    rows = await bench.store.read(lambda db: history.read(db, job_id))
    notices = [row.detail for row in rows if row.event == "log"]
    assert notices == ["it has come to no item and no checkpoint for 11 min"]
    facts = Facts(job, now, 0)
    assert "no item and no checkpoint since" in explain(facts).reasons[1]
    said = progress.begin(job, Millis(now - 11 * MINUTE))
    text = progress.news(job, said, now, 3_600)
    assert text == "Job 1 (refresh, 0 of 3 (0 %)) has got nowhere for 11 min."
    assert progress.news(job, said, now, 3_600) is None
    bench.lanes.finish_items(bench.held(job_id), 1, random.Random(1))
    assert (await bench.job(job_id)).stuck_since is None


async def test_who_is_about_to_stop_is_left_alone(bench: Bench, watch: StuckWatch) -> None:
    """It has a deadline of its own."""
    job_id = await bench.enqueue(new_job(items=3))
    await bench.engine.settled()
    bench.held(job_id).running.progressed_at = bench.clock.monotonic()
    await bench.wish("cancel", job_id)
    await bench.advance(1_000)
    watch.scan()
    assert (await bench.job(job_id)).stuck_since is None
