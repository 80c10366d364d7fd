"""Jobs as the product composes them, with a real zygote and real runners, but no chat.

Owns the composition, and the counting of jobs that have ended.  Does not own what is measured.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Final

from benchmarks.job_programs import job_actions
from benchmarks.job_programs.alone import SPEC, enqueue_items, new_job, write_job
from meshvisor.features.jobs.model.job import FINISHED
from meshvisor.features.jobs.settings import JobSettings, LaneSettings
from meshvisor.features.jobs.supervisor.engine import Lanes
from meshvisor.features.jobs.supervisor.jobs import Jobs, JobsParts
from meshvisor.features.jobs.supervisor.ledger.job import Job, Millis, NewJob
from meshvisor.features.jobs.supervisor.transaction import Committed, Situation
from meshvisor.shared.clock import SystemClock
from meshvisor.shared.heartbeat import HeartbeatTable
from meshvisor.shared.paths import Home
from meshvisor.shared.prepared_home import prepare_home
from meshvisor.shared.protocol.to_worker import SendMessage
from meshvisor.shared.settings.model import default_settings
from meshvisor.shared.store.store import Store
from meshvisor.shared.strays import become_subreaper
from meshvisor.supervisor.audit.log import AuditLog
from meshvisor.supervisor.children.slots import Slots
from meshvisor.supervisor.children.zygote import ZygoteSpawner
from meshvisor.supervisor.children.zygote_start import SharedResources
from meshvisor.supervisor.events.service import EventService
from meshvisor.supervisor.service_contract import Stopping

START_TIMEOUT: Final = 30.0
"""Seconds until the first job has run: a zygote and a runner are started for it."""
STOP_TIMEOUT: Final = 5.0
"""Seconds."""


class NoRooms:
    """The rooms and the people of a supervisor without any."""

    def connected(self) -> Collection[str]:
        """Return no mesh."""
        return ()

    def say(self, notice: SendMessage) -> bool:
        """Say nothing."""
        return False

    async def tell(self, notice: SendMessage) -> bool:
        """Say nothing."""
        return False

    def realm_of(self, mesh_id: str) -> str:
        """Know one network."""
        return ""

    def is_admin(self, user_id: str, mesh_id: str) -> bool:
        """Know no admins."""
        return False

    def is_owner(self, user_id: str, mesh_id: str) -> bool:
        """Know no owners."""
        return False


@dataclass(slots=True, eq=False)
class Watched:
    """Implements `engine.Lanes` by the real ones, and lets others wait for what is committed."""

    lanes: Lanes
    ended: int = 0
    """Jobs that have ended so far."""
    claims: dict[int, int] = field(default_factory=dict)
    """How often each job was handed out."""
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    def situation(self, now: Millis) -> Situation:
        """Pass it on."""
        return self.lanes.situation(now)

    def running(self) -> dict[int, int]:
        """Pass it on."""
        return self.lanes.running()

    def hold(self) -> None:
        """Pass it on."""
        self.lanes.hold()

    def committed(self, outcome: Committed) -> None:
        """Pass it on and count."""
        self.lanes.committed(outcome)
        self.ended += len(outcome.completed) + len({j.id for j in outcome.jobs if _is_over(j)})
        for claimed in outcome.claimed.values():
            for one in claimed:
                self.claims[one.job.id] = self.claims.get(one.job.id, 0) + 1
        self.changed.set()

    async def until_ended(self, count: int) -> None:
        """Wait until so many jobs have ended."""
        while self.ended < count:
            self.changed.clear()
            await self.changed.wait()

    async def until_claimed(self, job_id: int, times: int) -> None:
        """Wait until a job was handed out so often."""
        while self.claims.get(job_id, 0) < times:
            self.changed.clear()
            await self.changed.wait()


@dataclass(frozen=True, slots=True)
class Product:
    """What is running."""

    home: Path
    jobs: Jobs
    watched: Watched
    store: Store

    async def submit(self, new: NewJob) -> int:
        """Enqueue a job and return its number."""
        return (await self.jobs.engine.do(partial(write_job, new))).job_id

    async def submit_items(self, new: NewJob, count: int) -> int:
        """Enqueue a job with so many items, whose keys are their positions; return its number."""
        return await enqueue_items(self.jobs.engine, new, count)


@asynccontextmanager
async def product(home: Path, slots: int) -> AsyncIterator[Product]:
    """Run jobs in a home, in one lane with so many slots whose runner is there."""
    prepare_home(Home(home))
    job_actions.install(home)
    become_subreaper()
    resources = SharedResources(str(home))
    heartbeats = HeartbeatTable(resources.heartbeats)
    output: list[int] = []
    spawner = ZygoteSpawner(resources, (), lambda _name, pipe: output.append(pipe))
    store = Store.open(Home(home).database)
    settings = default_settings().replaced(
        LaneSettings(name=SPEC.lane, concurrency=slots),
        # A runner is not replaced in the middle: that its jobs go on is measured elsewhere.
        JobSettings(runner_max_jobs=0),
    )
    clock = SystemClock()
    no_rooms = NoRooms()
    jobs = Jobs(
        settings,
        JobsParts(
            store=store,
            audit=AuditLog(store, clock),
            spawner=spawner,
            heartbeats=heartbeats,
            slots=Slots(),
            clock=clock,
            rooms=no_rooms,
            people=no_rooms,
            attach_log=lambda _name, pipe, _ended: output.append(pipe),
        ),
    )
    events = EventService(store, settings, clock)
    events.subscriptions.add(jobs.subscription)
    watched = Watched(jobs.lanes)
    jobs.engine.serve(watched)
    await spawner.start()
    async with asyncio.timeout(START_TIMEOUT):
        await events.start()
        await jobs.start()
    keeper = asyncio.create_task(jobs.run())
    try:
        made = Product(home, jobs, watched, store)
        async with asyncio.timeout(START_TIMEOUT):
            await made.submit(new_job())
            await watched.until_ended(1)
        watched.ended = 0
        yield made
    finally:
        keeper.cancel()
        await asyncio.wait((keeper,))
        await jobs.stop(Stopping(STOP_TIMEOUT, asyncio.Event()))
        await events.stop(Stopping(STOP_TIMEOUT, asyncio.Event()))
        await spawner.stop(Stopping(STOP_TIMEOUT, asyncio.Event()))
        await asyncio.to_thread(store.close)
        heartbeats.close()
        for pipe in output:
            os.close(pipe)


def _is_over(job: Job) -> bool:
    return job.status in FINISHED
