"""Lanes whose runners are a few lines in the test's own process: the engine's other side.

They do what a runner does with its messages, one step at a time, so that a test or a crash can
come between any two of them.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field

from meshvisor.features.jobs.messages.from_runner import (
    ItemResult,
    ItemResults,
    JobFinished,
    JobRateLimited,
)
from meshvisor.features.jobs.model.job import JobStatus
from meshvisor.features.jobs.supervisor import message_handling
from meshvisor.features.jobs.supervisor.action_registry import ActionRegistry
from meshvisor.features.jobs.supervisor.engine import Engine
from meshvisor.features.jobs.supervisor.ledger.claims import Claimed
from meshvisor.features.jobs.supervisor.ledger.holds import Holds
from meshvisor.features.jobs.supervisor.ledger.job import Job, Millis
from meshvisor.features.jobs.supervisor.ledger.running import Crash
from meshvisor.features.jobs.supervisor.runner import Running
from meshvisor.features.jobs.supervisor.transaction import Committed, LaneView, Situation, Slot


@dataclass(slots=True)
class Held:
    """A job that a puppet has."""

    running: Running
    left: list[tuple[int, str]]
    """Items that it was given and has not worked on."""
    more: bool
    waits: bool = False
    """Whether it has said something that is not committed yet."""


@dataclass(slots=True)
class PuppetLane:
    """One lane."""

    concurrency: int = 1
    held: dict[int, Held] = field(default_factory=dict)


class PuppetLanes:
    """Implements `engine.Lanes`.

    Args:
        engine: what the puppets speak to.
        actions: what they can run.
        lanes: their concurrency by name.
        seen: called with each job that was changed, after the commit.
    """

    def __init__(
        self,
        engine: Engine,
        actions: ActionRegistry,
        lanes: dict[str, int],
        seen: Callable[[Job], None] = lambda job: None,
    ) -> None:
        self._engine = engine
        self.seen = seen
        self.actions = actions
        self.lanes = {name: PuppetLane(number) for name, number in lanes.items()}
        self.claimed: list[Claimed] = []
        """All that was ever handed out."""
        self.preempted: list[int] = []
        self.ageing = 0

    def situation(self, now: Millis) -> Situation:
        """Return what the puppets have."""
        views = tuple(
            LaneView(
                name,
                lane.concurrency,
                tuple(
                    Slot(
                        h.running.job.id,
                        h.running.job.rank,
                        h.running.job.total > 0,
                        h.running.stop is not None,
                    )
                    for h in lane.held.values()
                ),
                self.actions.names,
            )
            for name, lane in self.lanes.items()
        )
        return Situation(now, views, self.actions.names, self.ageing)

    def running(self) -> dict[int, int]:
        """Return the ids of the jobs that they have, and their runs."""
        return {
            job_id: held.running.job.run
            for lane in self.lanes.values()
            for job_id, held in lane.held.items()
        }

    def hold(self) -> None:
        """Have those stop that have items."""
        for lane in self.lanes.values():
            for held in lane.held.values():
                if held.running.stop is None and held.running.job.total:
                    held.running.stop = "pause"

    def committed(self, outcome: Committed) -> None:
        """Take in what was decided."""
        for name in outcome.lanes - self.lanes.keys():
            self.lanes[name] = PuppetLane()
            self._engine.wake()
        for job in outcome.jobs:
            self._update(job)
        for job_id, run in outcome.completed:
            self._release(job_id, run)
        for name, claimed in outcome.claimed.items():
            for one in claimed:
                self.claimed.append(one)
                running = Running(one.job, self.actions.spec_of(one.job))
                self.lanes[name].held[one.job.id] = Held(running, list(one.items), one.more)
                self.seen(one.job)
        if outcome.holds is not None:
            self._stop_held(outcome.holds)
        for preemption in outcome.preempted:
            held = self.lanes[preemption.lane].held.get(preemption.job_id)
            if held is not None and held.running.stop is None:
                self.preempted.append(preemption.job_id)
                held.running.stop = "preempt"
                held.running.preempted_by = preemption.by

    def _stop_held(self, holds: Holds) -> None:
        for lane in self.lanes.values():
            for held in lane.held.values():
                is_held = held.running.job.total and holds.on(held.running.job) is not None
                if is_held and held.running.stop is None:
                    held.running.stop, held.running.why = "pause", "it is on hold"

    def _update(self, job: Job) -> None:
        for lane in self.lanes.values():
            held = lane.held.get(job.id)
            if held is not None and held.running.job.run < job.run:
                del lane.held[job.id]
            elif held is not None and held.running.job.run == job.run:
                held.waits = False
                held.running.job = job
                if job.status is not JobStatus.ACTIVE:
                    del lane.held[job.id]
                elif job.wanted is not None:
                    held.running.stop = job.wanted
        self.seen(job)

    def _release(self, job_id: int, run: int) -> None:
        for lane in self.lanes.values():
            if job_id in lane.held and lane.held[job_id].running.job.run == run:
                del lane.held[job_id]

    # ---- What runners do ---------------------------------------------------------------------

    @property
    def busy(self) -> list[Held]:
        """Jobs that could get on."""
        return [h for lane in self.lanes.values() for h in lane.held.values() if not h.waits]

    def step(self, chance: random.Random) -> bool:
        """Let one of the jobs get on by a step; False: there is none."""
        busy = self.busy
        if not busy:
            return False
        held = chance.choice(busy)
        held.waits = True
        job = held.running.job
        if held.running.stop is not None:
            self._engine.post(message_handling.stopped(held.running, None))
        elif held.left:
            self.finish_items(held, chance.randint(1, 3), chance)
        elif held.more:
            raise AssertionError("tests of puppets use small jobs")
        else:
            self.finish(job)
        return True

    def finish_items(self, held: Held, count: int, chance: random.Random) -> None:
        """Say what became of the next items."""
        items, held.left = held.left[:count], held.left[count:]
        results = tuple(
            ItemResult(position=p, state=chance.choice(("done", "done", "failed", "existing")))
            for p, _ in items
        )
        job = held.running.job
        message = ItemResults(job_id=job.id, run=job.run, results=results)
        self._engine.post(message_handling.results(message))

    def finish(self, job: Job, error: str | None = None, *, final: bool = False) -> None:
        """Say that the action of a job has ended."""
        message = JobFinished(job_id=job.id, run=job.run, error=error, final=final)
        held = next(
            (lane.held[job.id] for lane in self.lanes.values() if job.id in lane.held), None
        )
        running = held.running if held is not None else Running(job, None)
        completion = message_handling.completed(message, running)
        if completion is not None:
            self._engine.complete(completion)
        else:
            self._engine.post(message_handling.finished(message, running.spec))

    def limit(self, job: Job, seconds: float, key: str | None = None) -> None:
        """Say that a job has met a rate limit."""
        message = JobRateLimited(job_id=job.id, run=job.run, key=key, resume_after=seconds)
        self._engine.post(message_handling.limited(message))

    def die(self, lane: str, resume_after: int = 0) -> None:
        """Say that the runner of a lane is gone."""
        jobs = [held.running.key for held in self.lanes[lane].held.values()]

        def crash(now: Millis) -> Crash:
            after = Millis(now + resume_after)
            return Crash("its runner was killed", after, lambda _action: 4, len(jobs) > 1)

        for held in self.lanes[lane].held.values():
            held.waits = True
        self._engine.post(message_handling.lost(jobs, crash))
