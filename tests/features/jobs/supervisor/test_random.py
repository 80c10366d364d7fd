"""Whatever happens in whatever order, in the end every job has ended, and everything agrees.

Each seed makes an order of its own of new jobs, wishes, rate limits, failures, crashes of runners
and of the supervisor, clocks that are set, plug-ins that come and go, and commits that fail, of
which some were done all the same.
"""

from __future__ import annotations

import asyncio
import random
import sqlite3
from collections.abc import Awaitable, Callable
from contextlib import closing, suppress
from pathlib import Path
from typing import Any, Final

import pytest

from meshvisor.features.jobs.supervisor import engine
from meshvisor.features.jobs.supervisor.ledger.job import Creator
from meshvisor.features.jobs.supervisor.ledger.operations import OPERATIONS
from meshvisor.features.jobs.supervisor.transaction import Committed
from meshvisor.shared.errors import MeshvisorError
from meshvisor.shared.store.errors import StoreFullError
from tests.features.jobs.supervisor.conftest import SPECS, Bench, new_job
from tests.features.jobs.supervisor.crash_program import wrong_counts, wrong_histories
from tests.features.jobs.supervisor.puppet_lanes import PuppetLanes
from tests.seeds import seeds

STEPS: Final = 120
ORIGINS: Final = ("chat", "command line")


class Storm:
    """One seed."""

    def __init__(self, path: Path, seed: int, *, commits_lie: bool) -> None:
        self.path = path
        self.chance = random.Random(seed)
        self.bench = Bench(path, {"default": 1, "game": 2})
        self.bench.lanes.ageing = 60_000
        self._share_limits()
        self.ids: list[int] = []
        self._failing = 0
        self._lies = commits_lie
        self._write = self.bench.store.write
        self.bench.store.write = self._write_or_fail  # type: ignore[method-assign]

    async def run(self) -> list[str]:
        """Do all steps and whatever is left to do; return what is wrong."""
        for _ in range(STEPS):
            await self.chance.choices(*zip(*self._happenings(), strict=True))[0]()
            if self.chance.random() < 0.6:
                await self._settle()
        self._failing = 0
        await self._settle()
        await self.bench.load(*SPECS)
        for _ in range(12):
            await self._settle()
            for job_id in await self._paused_by_hand():
                await self.bench.wish("resume", job_id)
            await self.bench.advance(10_000)
            while self.bench.lanes.step(self.chance):
                await self._settle()
        held = self.bench.lanes.running()
        await self.bench.close()
        with closing(sqlite3.connect(self.path)) as database:
            query = (
                "SELECT id, status, pause_reason, ready, wanted FROM jobs WHERE finished_at IS NULL"
            )
            stuck = [f"stuck: {row}" for row in database.execute(query)]
            return [*stuck, *wrong_counts(database), *wrong_histories(database), *map(str, held)]

    # ---- What may happen ---------------------------------------------------------------------

    def _happenings(self) -> list[tuple[Callable[[], Awaitable[None]], int]]:
        return [
            (self._enqueue, 6),
            (self._operate, 2),
            (self._end_or_limit, 2),
            (self._work, 8),
            (self._pass_time, 2),
            (self._kill_runner, 1),
            (self._set_clock, 1),
            (self._change_plug_ins, 1),
            (self._refuse_commits, 1),
        ]

    async def _enqueue(self) -> None:
        spec = self.chance.choice(SPECS)
        creator = Creator("u", "u", self.chance.choice(ORIGINS))
        new = new_job(
            spec.name,
            items=self.chance.randrange(5),
            priority=self.chance.randint(1, 5),
            creator=creator,
        )
        with suppress(MeshvisorError):
            self.ids.append(await self.bench.enqueue(new))

    async def _operate(self) -> None:
        if self.ids:
            with suppress(MeshvisorError):
                await self.bench.wish(
                    self.chance.choice([*OPERATIONS]), self.chance.choice(self.ids)
                )

    async def _end_or_limit(self) -> None:
        lanes = self.bench.lanes
        if not lanes.busy:
            return
        held = self.chance.choice(lanes.busy)
        held.waits, job = True, held.running.job
        match self.chance.randrange(4):
            case 0:
                key = self.chance.choice([None, "other", "game-api"])
                lanes.limit(job, self.chance.choice([0, 5, 100]), key)
            case 1:
                lanes.finish(job, "bad", final=self.chance.random() < 0.3)
            case _:
                lanes.finish(job)

    async def _work(self) -> None:
        for _ in range(3):
            self.bench.lanes.step(self.chance)
            if self.chance.random() < 0.7:
                await self._settle()

    async def _pass_time(self) -> None:
        self.bench.clock.advance(self.chance.choice((0.1, 1, 10, 100)))
        self.bench.engine.wake()

    async def _kill_runner(self) -> None:
        lane = self.chance.choice([*self.bench.lanes.lanes])
        self.bench.lanes.die(lane, resume_after=self.chance.choice([0, 10_000]))

    async def _set_clock(self) -> None:
        step = self.chance.choice([-7200, -100, 100, 7200])
        self.bench.clock.set_wall(self.bench.clock.wall() + step)
        self.bench.engine.wake()

    async def _change_plug_ins(self) -> None:
        with suppress(MeshvisorError):
            await self.bench.load(*self.chance.sample(SPECS, self.chance.randint(1, len(SPECS))))

    async def _refuse_commits(self) -> None:
        self._failing = self.chance.randint(1, 3)

    # ---- Private -----------------------------------------------------------------------------

    async def _write_or_fail(self, work: Any, **options: Any) -> Any:
        if self._failing:
            self._failing -= 1
            if self._lies and self.chance.random() < 0.5:
                await self._write(work, **options)
            raise StoreFullError("the disk is full")
        return await self._write(work, **options)

    async def _settle(self) -> None:
        async with asyncio.timeout(30):
            await self.bench.engine.settled()
            while self.bench.engine.problem is not None or self.bench.engine.waiting:
                self.bench.engine.wake()
                await self.bench.engine.settled()

    async def _paused_by_hand(self) -> list[int]:
        query = "SELECT id FROM jobs WHERE pause_reason = 'operator' AND ready = 0"
        rows = await self.bench.store.read(lambda db: db.execute(query).fetchall())
        return [job_id for (job_id,) in rows]

    def _share_limits(self) -> None:
        """Do what the real lanes do when a rate key has to wait."""
        committed = self.bench.lanes.committed

        def with_limits(outcome: Committed) -> None:
            committed(outcome)
            for key, until in outcome.limits:
                for held in (
                    h for lane in self.bench.lanes.lanes.values() for h in lane.held.values()
                ):
                    running = held.running
                    if running.job.rate_key == key and running.stop is None:
                        running.stop, running.limited_until = "limit", until

        assert isinstance(self.bench.lanes, PuppetLanes)
        self.bench.lanes.committed = with_limits  # type: ignore[method-assign]


@pytest.mark.parametrize("commits_lie", [False, True], ids=["refused", "refused or done"])
@pytest.mark.parametrize("seed", seeds(6, 15))
async def test_storm(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int, commits_lie: bool
) -> None:
    """No job is stuck, no counter wrong, no history impossible, no place lost."""
    monkeypatch.setattr(engine, "TRY_AGAIN", 0.001)
    storm = Storm(tmp_path / "meshvisor.db", seed, commits_lie=commits_lie)
    assert await storm.run() == []
