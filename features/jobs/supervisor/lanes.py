"""The lanes: which jobs run where, the messages to runners, and what follows from what they say.

Owns the jobs that runners have.  Does not own the processes (`runners`), what these ask
(`runner_questions`), what is written about jobs (`ledger`), which jobs are claimed (`transaction`),
nor what follows for people (`service`, `reporter`). Called by the engine after each transaction,
and with everything that runners say; neither waits.

When a runner is gone, its jobs are interrupted, or go on where it was ended on purpose.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Final

import msgspec

from meshvisor.features.jobs.messages import from_runner as said
from meshvisor.features.jobs.model.built_in import usual_concurrency
from meshvisor.features.jobs.model.job import ALONE, TRACEBACK, JobStatus, marked_item
from meshvisor.features.jobs.settings import JobSettings, LaneSettings
from meshvisor.features.jobs.supervisor import message_handling
from meshvisor.features.jobs.supervisor.action_registry import ActionRegistry
from meshvisor.features.jobs.supervisor.engine import Engine
from meshvisor.features.jobs.supervisor.ledger import claims
from meshvisor.features.jobs.supervisor.ledger.claims import Claimed
from meshvisor.features.jobs.supervisor.ledger.holds import NO_HOLDS
from meshvisor.features.jobs.supervisor.ledger.job import Job, Millis
from meshvisor.features.jobs.supervisor.ledger.running import MAX_LOG_LINES, Blame, Crash
from meshvisor.features.jobs.supervisor.runner import RunnerProcess, Running, StopKind
from meshvisor.features.jobs.supervisor.runner_questions import (
    ActionRequestHandler,
    RunnerQuestions,
)
from meshvisor.features.jobs.supervisor.runners import RunnerEnd, Runners
from meshvisor.features.jobs.supervisor.transaction import (
    Committed,
    LaneView,
    Preemption,
    Situation,
    Slot,
    Transaction,
)
from meshvisor.shared.clock import Clock
from meshvisor.shared.protocol.messages import Error, Message, RestartRequest
from meshvisor.shared.settings.model import Settings
from meshvisor.supervisor.children.forked import ForkParts

log = logging.getLogger(__name__)

ONE_ATTEMPT: Final = 1
"""Attempts of a job whose action is unknown."""

FOR_BOTH: Final = 2
"""A runner gives its jobs half of the time that it has for its end."""


class LaneParts(msgspec.Struct, frozen=True):
    """What the lanes work with."""

    engine: Engine
    clock: Clock
    runners: ForkParts
    answer: ActionRequestHandler
    """Answers what an action asks for: another job, something to be said."""


class LaneManager:
    """Implements `engine.Lanes`; make it inside a running event loop."""

    def __init__(self, settings: Settings, parts: LaneParts) -> None:
        self._settings = settings
        self._engine = parts.engine
        self._clock = parts.clock
        self._questions = RunnerQuestions(parts.engine, self._find, parts.answer)
        self._running: dict[str, dict[int, Running]] = {}
        """By lane and job."""
        self._listeners: list[Callable[[list[Job]], None]] = []
        self.actions = ActionRegistry()
        """What can be run; replaced when plug-ins are loaded."""
        self.holds = NO_HOLDS
        """What is on hold, as it was last written."""
        self._reactions: dict[type[Message], Callable[[RunnerProcess, Any], None]] = {
            said.JobFinished: self._on_finished,
            said.ItemResults: self._on_results,
            said.NeedItems: self._questions.take,
            said.JobStopped: self._on_stopped,
            said.JobRateLimited: self._on_limited,
            said.JobLog: self._on_log,
            said.AddItems: self._questions.take,
            said.Checkpoint: self._on_checkpoint,
            said.JobMessage: self._questions.take,
            said.EnqueueRequest: self._questions.take,
            said.StageItems: self._questions.take,
            said.RunnerReady: self._on_ready,
            Error: self._on_error,
            RestartRequest: self._on_restart_request,
        }
        self.runners = Runners(settings, parts.runners, self._on_message, self._on_end)

    # ---- What others see and ask for --------------------------------------------------------

    def listen(self, changed: Callable[[list[Job]], None]) -> None:
        """Have `changed` called after each commit that changed jobs; it must be quick.

        It is given these jobs, but for those that have ended as they should and come from no chat.
        """
        self._listeners.append(changed)

    def configure(self, settings: Settings) -> None:
        """Take over new settings."""
        self._settings = self.runners.settings = settings
        self.actions.configure(settings.of(JobSettings))
        self._engine.wake()

    def concurrency(self, lane: str) -> int:
        """Return how many jobs of a lane may run at the same time."""
        if lane.endswith(ALONE):
            return 1
        for one in self._settings.each(LaneSettings):
            if one.name == lane:
                return one.concurrency
        return usual_concurrency(lane)

    async def close(self, timeout: float, force: asyncio.Event) -> None:
        """End all runners politely; their jobs go on after the next start.

        Args:
            timeout: seconds for the polite part.
            force: once set, the polite part is skipped.
        """
        await self.runners.close(timeout, force)
        self._questions.close()

    # ---- Implements engine.Lanes -------------------------------------------------------------

    def situation(self, now: Millis) -> Situation:
        """Return the lanes whose runners are there, and what can be run."""
        views = [
            LaneView(
                lane, self.concurrency(lane), tuple(map(_slot, jobs.values())), process.actions
            )
            for lane, jobs in self._running.items()
            if (process := self.runners.ready(lane)) is not None
        ]
        ageing = round(self._settings.of(JobSettings).ageing * 1000)
        return Situation(now, tuple(views), self.actions.names, ageing)

    def running(self) -> dict[int, int]:
        """Return the ids of all jobs that a runner has, and their leases."""
        return {
            job_id: running.job.run
            for jobs in self._running.values()
            for job_id, running in jobs.items()
        }

    def all_running(self) -> list[Running]:
        """Return the jobs that runners have."""
        return [running for jobs in self._running.values() for running in jobs.values()]

    def hold(self) -> None:
        """Have jobs stop at their next items, which cannot be written at present.

        They go on when they can.  One without items would begin anew, and is left alone.
        """
        for jobs in self._running.values():
            for running in jobs.values():
                if running.stop is None and running.job.total:
                    self._stop(running, "pause")

    def committed(self, outcome: Committed) -> None:
        """Tell runners what was decided, and have those started that are needed."""
        for job in outcome.jobs:
            self._update(job)
        for job_id, run in outcome.completed:
            self._complete(job_id, run)
        for lane, claimed in outcome.claimed.items():
            self._hand_out(lane, claimed)
        for preemption in outcome.preempted:
            self._preempt(preemption)
        for key, until in outcome.limits:
            self._stop_sharing(key, until)
        if outcome.holds is not None:
            self.holds = outcome.holds
            self._stop_on_hold()
        self._care_for_runners(outcome)
        jobs = outcome.jobs + [c.job for claimed in outcome.claimed.values() for c in claimed]
        if jobs or outcome.completed:
            for listener in self._listeners:
                listener(jobs)

    def _stop_on_hold(self) -> None:
        """Have jobs stop that are on hold; one that can stop nowhere would begin anew."""
        for jobs in self._running.values() if self.holds else ():
            for running in jobs.values():
                hold = self.holds.on(running.job)
                if hold is not None and running.stop is None and _slot(running).divisible:
                    running.why = f"{hold.subject} is on hold"
                    self._stop(running, "pause")

    def _care_for_runners(self, outcome: Committed) -> None:
        for lane in outcome.outdated:
            process = self.runners.ready(lane)
            if process is not None:
                process.stop(
                    "its plug-ins are too old", self._settings.of(JobSettings).stop_timeout
                )
        for lane in outcome.lanes:
            self._running.setdefault(lane, {})
            if not self.holds.holds_lane(lane):
                self.runners.need(lane)

    # ---- Private: jobs that run --------------------------------------------------------------

    def _hand_out(self, lane: str, claimed: Sequence[Claimed]) -> None:
        if not claimed:
            return
        self.runners.cancel_idle_timer(lane)
        for one in claimed:
            spec = self.actions.spec_of(one.job)
            self._running[lane][one.job.id] = Running(one.job, spec, self._clock.monotonic())
        process = self.runners.ready(lane)
        if process is None:
            # It has died while this was written, and may have a successor that is not ready yet.
            keys = [(one.job.id, one.job.run) for one in claimed]
            self._engine.post(message_handling.lost(keys, _no_crash))
            return
        for job in process.run_all(claimed, self.actions.spec_of):
            self._engine.post(message_handling.unsendable(job))

    def _update(self, job: Job) -> None:
        running = self._find_running(job.id)
        if running is None:
            return
        if running.job.run != job.run:
            if running.job.run < job.run:
                self._leave(running)  # a commit that seemed to fail has ended its run
            return
        if job.status is JobStatus.COMPLETED or job.pending < running.job.pending:
            self.runners.record_progress(running.job.lane)
        if job.status is not JobStatus.ACTIVE:
            self._leave(running)
            return
        if job.updated_at != running.job.updated_at:
            running.progressed_at = self._clock.monotonic()
        running.job = job
        if job.wanted is not None:
            self._stop(running, job.wanted)

    def _complete(self, job_id: int, run: int) -> None:
        running = self._find_running(job_id)
        if running is not None and running.job.run == run:
            self.runners.record_progress(running.job.lane)
            self._leave(running)

    def _leave(self, running: Running) -> None:
        running.drop()
        lane = running.job.lane
        del self._running[lane][running.job.id]
        if not self._running[lane]:
            self.runners.arm_idle_timer(lane)

    def _preempt(self, preemption: Preemption) -> None:
        running = self._running[preemption.lane].get(preemption.job_id)
        if running is not None and running.stop is None:
            running.preempted_by = preemption.by
            self._stop(running, "preempt")

    def _stop_sharing(self, key: str, until: Millis) -> None:
        for jobs in self._running.values():
            for running in jobs.values():
                if running.job.rate_key == key and running.stop is None:
                    running.limited_until = until
                    self._stop(running, "limit")

    def _stop(self, running: Running, kind: StopKind) -> None:
        job = running.job
        process = self.runners.any(job.lane)
        if process is None:
            return
        deadline = self._settings.of(JobSettings).stop_timeout
        if kind != "cancel" and running.spec is not None:
            # Its item may take as long as items may; it is only asked to end with it.
            deadline = max(deadline, running.spec.item_timeout)
        late = partial(process.kill, f"it did not stop job {job.id}")
        process.stop_job(running, kind, deadline, late)

    def _find(self, lane: str, job_id: int, run: int) -> Running | None:
        running = self._running.get(lane, {}).get(job_id)
        return running if running is not None and running.job.run == run else None

    def _find_running(self, job_id: int) -> Running | None:
        """Find it whatever its lane is called now: one that goes on alone has got another."""
        for jobs in self._running.values():
            if job_id in jobs:
                return jobs[job_id]
        return None

    # ---- Private: a runner is gone -----------------------------------------------------------

    def _on_end(self, end: RunnerEnd) -> bool:
        jobs = self._running[end.process.lane]
        for running in jobs.values():
            running.drop()
        keys = [running.key for running in jobs.values()]
        if keys:
            crash = _no_crash if end.on_purpose else partial(self._crash, end, list(jobs.values()))
            lost = message_handling.lost(keys, crash, end.process.stopping or end.why)
            # Its last words may be that some of them are done.
            self._engine.post(lost, after_ends=True)
        else:
            # Something may have come while it ended, and found it too late to be used.
            self._engine.post(partial(_wake, end.process.lane))
        return bool(keys)

    def _crash(self, end: RunnerEnd, jobs: Sequence[Running], now: Millis) -> Crash:
        after = round(self._settings.of(JobSettings).auto_resume_after * 1000)
        attempts = {
            one.job.action: one.spec.attempts if one.spec is not None else ONE_ATTEMPT
            for one in jobs
        }
        return Crash(
            end.why,
            Millis(now + after),
            attempts.__getitem__,
            in_company=len(jobs) > 1,
            blame=_blame(jobs, end),
        )

    # ---- Private: what runners say -----------------------------------------------------------

    def _on_message(self, process: RunnerProcess, message: Message) -> None:
        reaction = self._reactions.get(type(message))
        if reaction is not None:
            reaction(process, message)

    def _on_ready(self, process: RunnerProcess, message: said.RunnerReady) -> None:
        process.ready = True
        process.actions = frozenset(message.actions)
        if not self._running[process.lane]:
            self.runners.arm_idle_timer(process.lane)  # what it was started for may be gone by now
        self._engine.wake()

    def _on_finished(self, process: RunnerProcess, message: said.JobFinished) -> None:
        running = self._find(process.lane, message.job_id, message.run)
        if running is None:
            return
        completion = message_handling.completed(message, running)
        if completion is not None:
            self._engine.complete(completion)
        else:
            self._engine.post(message_handling.finished(message, running.spec))

    def _on_results(self, _process: RunnerProcess, message: said.ItemResults) -> None:
        self._engine.post(message_handling.results(message))

    def _on_stopped(self, process: RunnerProcess, message: said.JobStopped) -> None:
        running = self._find(process.lane, message.job_id, message.run)
        if running is not None:
            self._engine.post(
                message_handling.stopped(running, process.stopping, message.notes or ())
            )

    def _on_limited(self, process: RunnerProcess, message: said.JobRateLimited) -> None:
        running = self._find(process.lane, message.job_id, message.run)
        if running is not None:
            self._engine.post(message_handling.limited(message, running.spec))

    def _on_log(self, process: RunnerProcess, message: said.JobLog) -> None:
        running = self._find(process.lane, message.job_id, message.run)
        if running is None:
            return
        running.lines += 1
        # What is beyond that is not even looked at: others wait behind it.
        if running.lines <= MAX_LOG_LINES or message.level in {"error", TRACEBACK}:
            self._engine.post(message_handling.logged(message))

    def _on_error(self, process: RunnerProcess, message: Error) -> None:
        log.warning("the runner of lane %s reports: %s", process.lane, message.error)

    def _on_restart_request(self, process: RunnerProcess, message: RestartRequest) -> None:
        # Items may take as long as items may: they are only asked to end with the present one.
        jobs = self._running[process.lane].values()
        longest = max((r.spec.item_timeout for r in jobs if r.spec is not None), default=0.0)
        deadline = max(self._settings.of(JobSettings).stop_timeout, longest)
        self.runners.retire(process, message.reason, FOR_BOTH * deadline)

    def _on_checkpoint(self, process: RunnerProcess, message: said.Checkpoint) -> None:
        running = self._find(process.lane, message.job_id, message.run)
        if running is not None:
            # From here on it can make room: another job may be waiting for that.
            running.stops_anywhere = True
        self._questions.take(process, message)


def _slot(running: Running) -> Slot:
    job = running.job
    divisible = job.total > 0 or running.stops_anywhere
    return Slot(job.id, job.rank, divisible, running.stop is not None)


def _blame(jobs: Sequence[Running], end: RunnerEnd) -> Blame | None:
    """Return which item may be at fault; None: it may as well be another job's."""
    mark = marked_item(end.mark)
    if mark is None or mark.position is None or [one.job.id for one in jobs] != [mark.job_id]:
        return None
    return Blame(mark.position, mark.several, end.hung)


def _wake(lane: str, db: sqlite3.Connection, transaction: Transaction) -> None:
    if lane in claims.lanes_with_work(db):
        transaction.woken(lane)


def _no_crash(_now: Millis) -> Crash | None:
    return None
