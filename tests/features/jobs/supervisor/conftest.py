"""A real database, a real engine, and puppets in the place of runners."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from meshvisor.features.jobs.model.action import ActionSpec
from meshvisor.features.jobs.supervisor import chat_reports
from meshvisor.features.jobs.supervisor.action_registry import ActionRegistry
from meshvisor.features.jobs.supervisor.clock import JobClock
from meshvisor.features.jobs.supervisor.engine import Engine
from meshvisor.features.jobs.supervisor.ledger import enqueue, history, housekeeping
from meshvisor.features.jobs.supervisor.ledger.job import Creator, Job, Millis, NewJob, find
from meshvisor.features.jobs.supervisor.ledger.operations import OPERATIONS, Operation, Outcome
from meshvisor.features.jobs.supervisor.transaction import Transaction
from meshvisor.shared.events import log
from meshvisor.shared.events.subscriptions import Subscription, Subscriptions
from meshvisor.shared.store.store import Store
from tests.clock import ManualClock
from tests.features.jobs.supervisor.puppet_lanes import Held, PuppetLanes

SPECS = (
    ActionSpec("refresh", priority=4, retries=2, retry_delay=10),
    ActionSpec("notifications", retries=0),
    ActionSpec("addplayer", lane="game", rate_limit="game-api"),
    ActionSpec("redeem", lane="game", rate_limit="game-api", priority=3),
)


def new_job(action: str = "refresh", items: int = 0, **changes: Any) -> NewJob:
    """Return a job that was checked."""
    spec = next(spec for spec in SPECS if spec.name == action)
    values: dict[str, Any] = {
        "action": action,
        "mesh_id": "lobby",
        "priority": spec.priority,
        "lane": spec.lane,
        "rate_key": spec.rate_limit,
        "data": {},
        "creator": Creator("953371", "ann", "chat", "m1"),
        "items": tuple(f"k{n}" for n in range(items)),
    }
    return NewJob(**{**values, **changes})


class Bench:
    """An engine with puppets; time stands still until it is moved."""

    def __init__(self, path: Path, lanes: dict[str, int]) -> None:
        self.clock = ManualClock()
        self.store = Store.open(path, clock=self.clock)
        self.jobs_clock = JobClock(self.clock)
        self.engine = Engine(self.store, self.jobs_clock)
        self.lanes = PuppetLanes(self.engine, ActionRegistry(SPECS), lanes)
        self.engine.serve(self.lanes)
        self._task = asyncio.create_task(self.engine.run())
        self._events: Subscriptions | None = None

    async def enqueue(self, new: NewJob) -> int:
        """Enqueue a job and return its number."""
        done = await self.engine.do(partial(_enqueue, new))
        return done.job_id

    async def job(self, job_id: int) -> Job:
        """Return a job as it is written."""
        await self.engine.settled()
        return await self.store.read(lambda db: find(db, job_id))

    async def wish(self, wish: str, job_id: int) -> Outcome:
        """Wish something of a job."""
        return await self.decide(OPERATIONS[wish], job_id)

    async def decide(self, decision: Operation, job_id: int) -> Outcome:
        """Decide something about a job."""
        outcome = await self.engine.do(partial(_decide, decision, job_id))
        await self.engine.settled()
        return outcome

    async def history(self, job_id: int) -> list[str]:
        """Return what happened to a job: statuses with reasons."""
        rows = await self.store.read(lambda db: history.read(db, job_id))
        return [row.event + (f":{row.reason}" if row.reason else "") for row in rows]

    async def to_tell(self, job_id: int) -> str | None:
        """Return what is to be said of a job in its room; None: nothing."""
        await self.engine.settled()

        def work(db: sqlite3.Connection) -> str | None:
            chat_reports.take_in(db, log.read_any(db, 0, 10_000, chat_reports.WANTED).events)
            found = {one.job.id: one.what for one in chat_reports.pending(db, "lobby", 1000)}
            return found.get(job_id)

        return await self.store.write(work)

    async def subscribe(self, *subscriptions: Subscription) -> None:
        """Notify them of what happens."""
        self._events = Subscriptions(self.store, self.clock)
        for one in subscriptions:
            self._events.add(one)
        await self._events.start()

    def held(self, job_id: int) -> Held:
        """Return a job that a puppet has."""
        return next(lane.held[job_id] for lane in self.lanes.lanes.values() if job_id in lane.held)

    async def recover(self, resume_after: int) -> list[Job]:
        """Do what a supervisor does at its start."""

        def work(db: sqlite3.Connection, transaction: Transaction) -> list[Job]:
            jobs = housekeeping.recover(db, Millis(transaction.now + resume_after), transaction.now)
            for job in jobs:
                transaction.changed(job)
            return jobs

        return await self.engine.do(work)

    async def load(self, *specs: ActionSpec) -> None:
        """Do what a supervisor does after plug-ins were loaded."""
        self.lanes.actions = ActionRegistry(specs)

        def work(db: sqlite3.Connection, transaction: Transaction) -> None:
            housekeeping.keep_actions(db, self.lanes.actions.kept())
            for lane in housekeeping.unpark(db):
                transaction.woken(lane)

        await self.engine.do(work)
        await self.engine.settled()

    async def advance(self, seconds: float) -> None:
        """Let time pass, and the engine see it."""
        self.clock.advance(seconds)
        self.engine.wake()
        await self.engine.settled()

    async def close(self) -> None:
        """End it."""
        if self._events is not None:
            await self._events.close()
        self._task.cancel()
        await asyncio.wait((self._task,))
        await asyncio.to_thread(self.store.close)


def _enqueue(new: NewJob, db: sqlite3.Connection, transaction: Transaction) -> enqueue.Enqueued:
    transaction.woken(new.lane)
    if new.expires_at(transaction.now) is not None:
        transaction.expires()
    enqueued = enqueue.enqueue(db, new, transaction.now)
    if new.creator.asked_in is not None:
        chat_reports.remember(db, enqueued.job_id, new.creator.asked_in)
    return enqueued


def _decide(
    decision: Operation, job_id: int, db: sqlite3.Connection, transaction: Transaction
) -> Outcome:
    outcome = decision(db, job_id, transaction.now)
    transaction.changed(outcome.job)
    return outcome


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    """Return an engine whose lanes `default` and `game` have one place each."""
    made = Bench(tmp_path / "meshvisor.db", {"default": 1, "game": 1})
    yield made
    await made.close()
