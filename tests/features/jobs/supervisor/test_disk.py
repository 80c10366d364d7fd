"""A disk that is full, and a database that another process holds."""

from __future__ import annotations

import asyncio
import random
import resource
import sqlite3
from collections.abc import Iterator

import pytest

from meshvisor.features.jobs.model.job import JobStatus
from meshvisor.features.jobs.supervisor import engine
from meshvisor.shared.errors import MeshvisorError
from meshvisor.shared.store import connection
from tests.features.jobs.supervisor.conftest import Bench, new_job

pytestmark = pytest.mark.faults


@pytest.fixture(autouse=True)
def _quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "TRY_AGAIN", 0.01)
    monkeypatch.setattr(connection, "BUSY_TIMEOUT", 0.05)


@pytest.fixture
def limit() -> Iterator[None]:
    """Give back the limit of the size of files."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


async def test_a_full_disk_loses_nothing_that_a_runner_said(
    bench: Bench, limit: None, chance: random.Random
) -> None:
    """New jobs are refused with a sentence; outcomes are kept until there is room."""
    job_id = await bench.enqueue(new_job(items=6))
    await bench.engine.settled()
    held = bench.held(job_id)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, hard))
    bench.lanes.finish_items(held, 6, chance)
    with pytest.raises(MeshvisorError, match="cannot grow"):
        await bench.enqueue(new_job("notifications"))
    assert "cannot grow" in (bench.engine.problem or "")
    assert held.running.job.pending == 6
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    await _until(bench, lambda: held.running.job.pending == 0)
    await _until(bench, lambda: bench.engine.problem is None)
    while bench.lanes.step(chance):
        await bench.engine.settled()
    job = await bench.job(job_id)
    assert (job.status, job.pending) == (JobStatus.COMPLETED, 0)
    assert await bench.enqueue(new_job("notifications")) == job_id + 1


async def test_a_full_disk_that_nothing_waits_for(bench: Bench, limit: None) -> None:
    """It is not taken to work again because there was nothing to write."""
    await bench.enqueue(new_job())
    await bench.engine.settled()
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    # A reader, as there are some always: what is in the log of the database stays there.
    other = sqlite3.connect(bench.store.path, isolation_level=None)
    other.execute("BEGIN")
    other.execute("SELECT count(*) FROM jobs").fetchone()
    size = bench.store.path.with_name(f"{bench.store.path.name}-wal").stat().st_size
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    with pytest.raises(MeshvisorError, match="cannot grow"):
        await bench.enqueue(new_job("notifications"))
    for _ in range(3):
        bench.engine.wake()
        await bench.engine.settled()
        assert "cannot grow" in (bench.engine.problem or "")
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    await _until(bench, lambda: bench.engine.problem is None)
    other.close()


async def test_a_locked_database(bench: Bench, chance: random.Random) -> None:
    """Another program that holds it delays what runners say, and refuses what people ask for."""
    job_id = await bench.enqueue(new_job(items=3))
    await bench.engine.settled()
    other = sqlite3.connect(bench.store.path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    bench.lanes.finish_items(bench.held(job_id), 3, chance)
    with pytest.raises(MeshvisorError, match="locked by another program"):
        await bench.enqueue(new_job("notifications"))
    other.execute("ROLLBACK")
    other.close()
    await _until(bench, lambda: bench.engine.problem is None)
    assert (await bench.job(job_id)).pending == 0


async def _until(bench: Bench, condition: object) -> None:
    assert callable(condition)
    async with asyncio.timeout(30):
        while not condition():
            await asyncio.sleep(0.005)
