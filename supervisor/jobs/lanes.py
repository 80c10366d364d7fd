"""The lanes: which runner serves which, what it is told, and what happens when it is gone.

Owns the runner processes.  Does not own what is written about jobs (`ledger`), whose turn it is
(`turn`), nor what follows for people (`desk`, `reporter`).  Called by the engine after each
transaction, and by the runners with what they say; neither waits.

A lane has a runner from its first job until nobody has needed it for a while.  One that dies is
replaced at once, then after growing pauses; its jobs are interrupted, or go on when it was ended
on purpose.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final

from shared.clock import Clock
from shared.heartbeat import HeartbeatTable
from shared.model.exits import ChildExit, ExitCause
from shared.model.job import JobStatus, marked_item
from shared.protocol import from_runner as said
from shared.protocol.channel import Broken
from shared.protocol.codec import UnknownMessage
from shared.protocol.messages import Error, Message
from shared.protocol.start import RunnerStart
from shared.protocol.to_worker import JobResult
from shared.settings.model import Settings
from supervisor.children import liveness
from supervisor.children.heartbeat_watch import HeartbeatWatch
from supervisor.children.slots import Slots
from supervisor.children.spawner import Child, Spawner, SpawnError, SpawnOrder
from supervisor.jobs import hearing
from supervisor.jobs.catalogue import Catalogue
from supervisor.jobs.engine import Engine
from supervisor.jobs.ledger.job import Job, Millis
from supervisor.jobs.ledger.running import Crash
from supervisor.jobs.ledger.turns import Claimed
from supervisor.jobs.runner import RunnerProcess, Running, StopKind
from supervisor.jobs.turn import Committed, LaneView, Place, Preemption, Situation

log = logging.getLogger(__name__)

RUNNER_ENTRY: Final = "worker.runner.main:run"

FIRST_PAUSE: Final = 0.2
"""Seconds before a runner that died twice in a row is replaced; doubles each further time."""

LONGEST_PAUSE: Final = 60.0
"""Seconds."""

LAST_WORDS: Final = 1.0
"""Seconds that reading what a dead runner has said may take; a socket holds what is read in
milliseconds, unless something that it has started keeps the other end open."""

MOST_WAITING: Final = 20_000
"""Changes that may wait for the disk before lines of jobs' own are left out; they are in the
runner's log all the same."""

Answer = Callable[[Job, Message], Awaitable[JobResult]]
"""Given the job that asks and its question; handles whatever goes wrong itself."""


@dataclass(frozen=True, slots=True)
class LaneParts:
    """What the lanes work with."""

    spawner: Spawner
    heartbeats: HeartbeatTable
    slots: Slots
    clock: Clock
    engine: Engine
    attach_log: Callable[[str, int], None]
    """Given a name and the read end of a runner's log pipe."""
    answer: Answer
    """Answers what an action asks for: another job, something to be said."""
    can_dump: bool = True
    """Whether a hung runner can be asked for its stacks."""


@dataclass(slots=True)
class Lane:
    """One lane."""

    name: str
    process: RunnerProcess | None = None
    starting: asyncio.Task[None] | None = None
    running: dict[int, Running] = field(default_factory=dict)
    deaths: int = 0
    """Runners in a row that died without any job getting on."""
    pause: asyncio.TimerHandle | None = None
    """Until a runner that died is replaced."""
    idle: asyncio.TimerHandle | None = None
    """Until a runner that nobody needs is ended."""


class LaneManager:
    """Implements `engine.Lanes`; make it inside a running event loop."""

    def __init__(self, settings: Settings, parts: LaneParts) -> None:
        self._settings = settings
        self._parts = parts
        self._lanes: dict[str, Lane] = {}
        self._closing = False
        self._listeners: list[Callable[[list[Job]], None]] = []
        self._answers: set[asyncio.Future[None]] = set()
        self._ends: set[asyncio.Task[None]] = set()
        """One for each runner, until nothing follows from its end any more."""
        self.catalogue = Catalogue()
        """What can be run; replaced when plug-ins are loaded."""
        self._reactions: dict[type[Message], Callable[[RunnerProcess, Any], None]] = {
            said.JobFinished: self._on_finished,
            said.ItemResults: self._on_results,
            said.NeedItems: self._on_need,
            said.JobStopped: self._on_stopped,
            said.JobRateLimited: self._on_limited,
            said.JobLog: self._on_log,
            said.AddItems: self._on_add,
            said.JobMessage: self._on_question,
            said.EnqueueRequest: self._on_question,
            said.RunnerReady: self._on_ready,
            Error: self._on_error,
        }
        self._watch = HeartbeatWatch[RunnerProcess](
            parts.heartbeats, parts.clock, self._on_hung, can_dump=parts.can_dump
        )

    # ---- What others see and ask for --------------------------------------------------------

    def listen(self, changed: Callable[[list[Job]], None]) -> None:
        """Have `changed` called after each commit that changed jobs; it must be quick.

        It is given these jobs, but for those that have ended as they should and come from no chat.
        """
        self._listeners.append(changed)

    def configure(self, settings: Settings) -> None:
        """Take over new settings."""
        self._settings = settings
        self._parts.engine.look()

    def find(self, job_id: int) -> Running | None:
        """Return a job that a runner has; None: none has it."""
        for lane in self._lanes.values():
            if job_id in lane.running:
                return lane.running[job_id]
        return None

    def problem(self, lane: str) -> str | None:
        """Return why a lane has no runner although it needs one; None: all is well."""
        found = self._lanes.get(lane)
        if found is None or found.process is not None:
            return None
        if found.pause is not None:
            return f"the runner of lane {lane} has died {found.deaths} times and is replaced soon"
        return f"the runner of lane {lane} is being started" if found.starting else None

    def concurrency(self, lane: str) -> int:
        """Return how many jobs of a lane may run at the same time."""
        for one in self._settings.lanes:
            if one.name == lane:
                return one.concurrency
        return 1

    def replace_runners(self, reason: str) -> None:
        """End all runners politely; their jobs go on with new ones."""
        for process in self._processes():
            process.stop(reason, self._settings.jobs.stop_timeout)

    async def watch_heartbeats(self) -> None:
        """Look at the heartbeats of all runners for ever."""
        while True:
            await asyncio.sleep(liveness.SCAN_INTERVAL)
            self._watch.scan(self._processes(), self._settings.fleet.hung_after)

    async def close(self, timeout: float, hurry: asyncio.Event) -> None:
        """End all runners politely; their jobs go on after the next start.

        Args:
            timeout: seconds for the polite part.
            hurry: once set, the polite part is skipped.
        """
        self._closing = True
        processes = self._processes()
        for process in processes:
            process.stop("the supervisor stops", timeout)
        for lane in self._lanes.values():
            for timer in (lane.pause, lane.idle):
                if timer is not None:
                    timer.cancel()
            if lane.starting is not None:
                # The zygote may be busy with a plug-in that hangs, and nobody wants its answer.
                lane.starting.cancel()
        hurrier = asyncio.create_task(_hurry(processes, hurry), name="hurry runners")
        try:
            await asyncio.gather(*self._ends)
        finally:
            hurrier.cancel()
        for task in self._answers:
            task.cancel()

    # ---- Implements engine.Lanes -------------------------------------------------------------

    def situation(self, now: Millis) -> Situation:
        """Return the lanes whose runners are there, and what can be run."""
        views = [
            LaneView(lane.name, self.concurrency(lane.name), tuple(map(_place, _all(lane))))
            for lane in self._lanes.values()
            if _can_run(lane) and not self._closing
        ]
        ageing = round(self._settings.jobs.ageing * 1000)
        return Situation(now, tuple(views), self.catalogue.names, ageing)

    def running(self) -> set[int]:
        """Return the ids of all jobs that a runner has."""
        return {job_id for lane in self._lanes.values() for job_id in lane.running}

    def committed(self, outcome: Committed) -> None:
        """Tell runners what was decided, and start those that are needed."""
        for job in outcome.jobs:
            self._update(job)
        for job_id, run in outcome.completed:
            self._release(job_id, run)
        for name, claimed in outcome.claimed.items():
            self._hand_out(self._lanes[name], claimed)
        for preemption in outcome.preempted:
            self._preempt(preemption)
        for key, until in outcome.limits:
            self._stop_sharing(key, until)
        if not self._closing:
            for name in outcome.lanes:
                self._need(self._lanes.setdefault(name, Lane(name)))
        jobs = outcome.jobs + [c.job for claimed in outcome.claimed.values() for c in claimed]
        if jobs or outcome.completed:
            for listener in self._listeners:
                listener(jobs)

    # ---- Private: jobs that run --------------------------------------------------------------

    def _hand_out(self, lane: Lane, claimed: Sequence[Claimed]) -> None:
        now = self._parts.clock.monotonic()
        for one in claimed:
            lane.running[one.job.id] = Running(one.job, now)
        if lane.process is not None and _can_run(lane):
            for job in lane.process.run_all(claimed):
                message = said.JobFinished(
                    job_id=job.id, run=job.run, error="it cannot be sent to a runner", final=True
                )
                self._parts.engine.tell(hearing.finished(message, job, self.catalogue))
        elif claimed:
            # Its runner has died while this was written, and may have a successor that is not
            # ready yet.
            keys = [(one.job.id, one.job.run) for one in claimed]
            self._parts.engine.tell(hearing.lost(keys, _no_crash))

    def _update(self, job: Job) -> None:
        lane = self._lanes.get(job.lane)
        running = lane.running.get(job.id) if lane is not None else None
        if lane is None or running is None or running.job.run != job.run:
            return
        if job.status is not JobStatus.ACTIVE:
            if job.status is JobStatus.COMPLETED or job.pending < running.job.pending:
                lane.deaths = 0
            self._leave(lane, running)
            return
        running.job = job
        if job.wanted is not None:
            self._stop(running, job.wanted)

    def _preempt(self, preemption: Preemption) -> None:
        running = self._lanes[preemption.lane].running.get(preemption.job_id)
        if running is not None and running.stop is None:
            running.preempted_by = preemption.by
            self._stop(running, "preempt")

    def _release(self, job_id: int, run: int) -> None:
        running = self.find(job_id)
        if running is not None and running.job.run == run:
            lane = self._lanes[running.job.lane]
            lane.deaths = 0
            self._leave(lane, running)

    def _leave(self, lane: Lane, running: Running) -> None:
        running.drop()
        del lane.running[running.job.id]
        if not lane.running:
            self._rest(lane)

    def _stop(self, running: Running, kind: StopKind) -> None:
        job = running.job
        process = self._lanes[job.lane].process
        if process is None:
            return
        spec = self.catalogue.find(job.action)
        deadline = self._settings.jobs.stop_timeout
        if kind != "cancel" and spec is not None:
            # Its item may take as long as items may; it is only asked to end with it.
            deadline = max(deadline, spec.item_timeout)
        late = partial(process.kill, f"it did not stop job {job.id}")
        process.stop_job(running, kind, deadline, late)

    def _stop_sharing(self, key: str, until: Millis) -> None:
        for lane in self._lanes.values():
            for running in lane.running.values():
                if running.job.rate_key == key and running.stop is None:
                    running.limited_until = until
                    self._stop(running, "limit")

    # ---- Private: runners --------------------------------------------------------------------

    def _processes(self) -> list[RunnerProcess]:
        return [lane.process for lane in self._lanes.values() if lane.process is not None]

    def _need(self, lane: Lane) -> None:
        if lane.process is None and lane.starting is None and lane.pause is None:
            loop = asyncio.get_running_loop()
            lane.starting = loop.create_task(self._start(lane), name=f"runner {lane.name}")

    def _rest(self, lane: Lane) -> None:
        """End the runner later, unless somebody needs it until then."""
        if lane.idle is None:
            after = self._settings.jobs.runner_idle_after
            lane.idle = asyncio.get_running_loop().call_later(after, self._retire, lane)

    def _retire(self, lane: Lane) -> None:
        lane.idle = None
        if lane.process is not None and not lane.running and lane.process.stopping is None:
            log.debug("lane %s has nothing to do, its runner ends", lane.name)
            lane.process.stop("nothing to do", self._settings.jobs.stop_timeout)

    async def _start(self, lane: Lane) -> None:
        parts = self._parts
        slot = parts.slots.take()
        # Until its loop stamps for the first time, the runner is judged from this moment.
        parts.heartbeats.stamp(slot)
        parts.heartbeats.mark(slot, 0)
        start = RunnerStart(
            lane=lane.name,
            log_level=self._settings.logs.level,
            memory_limit_bytes=self._settings.jobs.runner_memory_limit_mb * 1024 * 1024,
        )
        params = start.model_dump(mode="json")
        try:
            child = await parts.spawner.spawn(
                SpawnOrder(RUNNER_ENTRY, lane.name, slot, params, "runner")
            )
        except SpawnError as error:
            parts.slots.give_back(slot)
            lane.starting = None
            log.warning("the runner of lane %s cannot be started: %s", lane.name, error)
            self._replace_later(lane)
            return
        except asyncio.CancelledError:
            parts.slots.give_back(slot)
            raise
        lane.starting = None
        await self._adopt(lane, child, slot)

    async def _adopt(self, lane: Lane, child: Child, slot: int) -> None:
        process = RunnerProcess(lane.name, child, slot, self._parts.clock.monotonic())
        if child.log is not None:
            self._parts.attach_log(f"lane-{lane.name}", child.log)
        lane.process = process
        await process.open(self._on_message, self._on_broken, self._on_unknown)
        watch = asyncio.create_task(self._watch_end(lane, process), name=f"end of {lane.name}")
        self._ends.add(watch)
        watch.add_done_callback(self._ends.discard)
        if self._closing:
            process.stop("the supervisor stops", self._settings.jobs.stop_timeout)

    async def _watch_end(self, lane: Lane, process: RunnerProcess) -> None:
        """Wait for the end of a runner, and for the last of what it has said."""
        await asyncio.wait((process.exited,))
        # The news of its end may overtake its last words, which tell of items that are done.
        await asyncio.wait((process.all_heard,), timeout=LAST_WORDS)
        self._on_exit(lane, process, process.exited.result())

    def _on_exit(self, lane: Lane, process: RunnerProcess, cause: ExitCause) -> None:
        process.close()
        if lane.process is process:
            lane.process = None
        if lane.idle is not None:
            lane.idle.cancel()
            lane.idle = None
        on_purpose = process.stopping is not None or cause.code == ChildExit.STUCK
        jobs = [running.key for running in lane.running.values()]
        why = process.fault or f"its runner {cause}"
        if not on_purpose:
            lane.deaths += 1
            log.error(
                "lane %s: %s%s",
                lane.name,
                why,
                f" with {len(jobs)} jobs" if jobs else "",
                extra={"event": "runner.crashed", "lane": lane.name},
            )
        for running in lane.running.values():
            running.drop()
        if self._blame_an_item(lane, process):
            on_purpose = True
        if jobs:
            crash = _no_crash if on_purpose else partial(self._crash, why)
            self._parts.engine.tell(hearing.lost(jobs, crash))
        self._parts.slots.give_back(process.slot)
        if self._closing:
            return
        if jobs or not on_purpose or process.stopping != "nothing to do":
            self._replace_later(lane)

    def _blame_an_item(self, lane: Lane, process: RunnerProcess) -> bool:
        """Mark the item on which a runner hung; False: nobody can say which one that is."""
        item = marked_item(self._parts.heartbeats.marked(process.slot))
        if process.suspicion is None or process.fault is None or item is None:
            return False
        job_id, position = item
        running = lane.running.get(job_id)
        if running is None or len(lane.running) > 1:
            return False
        self._parts.engine.tell(hearing.hung(running, position, process.fault))
        return True

    def _crash(self, why: str, now: Millis) -> Crash:
        after = round(self._settings.jobs.auto_resume_after * 1000)
        return Crash(why, Millis(now + after), self.catalogue.attempts)

    def _replace_later(self, lane: Lane) -> None:
        """Replace a runner that is gone: at once for the first time, then more and more slowly."""
        if lane.deaths <= 1:
            self._need(lane)
            return
        seconds = min(FIRST_PAUSE * 2 ** (lane.deaths - 2), LONGEST_PAUSE)
        lane.pause = asyncio.get_running_loop().call_later(seconds, self._pause_over, lane)

    def _pause_over(self, lane: Lane) -> None:
        lane.pause = None
        self._need(lane)

    def _on_hung(self, process: RunnerProcess, fault: str) -> None:
        self._watch.end(process, fault)

    def _on_broken(self, process: RunnerProcess, broken: Broken) -> None:
        if process.exited.done() or process.stopping is not None:
            return
        log.error(
            "the runner of lane %s broke the protocol: %s%s",
            process.lane,
            broken.reason,
            f": {broken.head}" if broken.head else "",
            extra={"event": "runner.broken", "lane": process.lane},
        )
        process.kill(f"its runner broke the protocol: {broken.reason}")

    def _on_unknown(self, process: RunnerProcess, unknown: UnknownMessage) -> None:
        text = f"unknown message type {unknown.type!r}"
        log.warning("the runner of lane %s sent an %s", process.lane, text)
        process.send(Error(lane=process.lane, reply_to=unknown.id, error=text))

    # ---- Private: what runners say -----------------------------------------------------------

    def _on_message(self, process: RunnerProcess, message: Message) -> None:
        reaction = self._reactions.get(type(message))
        if reaction is not None:
            reaction(process, message)

    def _on_ready(self, process: RunnerProcess, _message: said.RunnerReady) -> None:
        process.ready = True
        self._parts.engine.look()

    def _on_limited(self, _process: RunnerProcess, message: said.JobRateLimited) -> None:
        self._parts.engine.tell(hearing.limited(message))

    def _on_log(self, _process: RunnerProcess, message: said.JobLog) -> None:
        if self._parts.engine.waiting < MOST_WAITING:
            self._parts.engine.tell(hearing.logged(message))

    def _on_error(self, process: RunnerProcess, message: Error) -> None:
        log.warning("the runner of lane %s reports: %s", process.lane, message.error)

    def _on_need(self, process: RunnerProcess, message: said.NeedItems) -> None:
        self._ask(process, message, self._give(process, message))

    def _on_add(self, process: RunnerProcess, message: said.AddItems) -> None:
        self._ask(process, message, self._add(process, message))

    def _on_question(
        self, process: RunnerProcess, message: said.JobMessage | said.EnqueueRequest
    ) -> None:
        self._ask(process, message, self._pass_on(process, message))

    def _running(self, process: RunnerProcess, job_id: int, run: int) -> Running | None:
        lane = self._lanes[process.lane]
        running = lane.running.get(job_id)
        return running if running is not None and running.job.run == run else None

    def _on_finished(self, process: RunnerProcess, message: said.JobFinished) -> None:
        running = self._running(process, message.job_id, message.run)
        if running is None:
            return
        completion = hearing.completed(message, running.job, self.catalogue)
        if completion is not None:
            self._parts.engine.complete(completion)
        else:
            self._parts.engine.tell(hearing.finished(message, running.job, self.catalogue))

    def _on_results(self, _process: RunnerProcess, message: said.ItemResults) -> None:
        self._parts.engine.tell(hearing.results(message))

    def _on_stopped(self, process: RunnerProcess, message: said.JobStopped) -> None:
        running = self._running(process, message.job_id, message.run)
        if running is not None:
            self._parts.engine.tell(hearing.stopped(running))

    def _ask(self, process: RunnerProcess, message: Message, answer: Awaitable[None]) -> None:
        """Answer in a task of its own."""
        task = asyncio.ensure_future(answer)
        self._answers.add(task)
        task.add_done_callback(lambda ended: self._answered(process, message, ended))

    def _answered(
        self, process: RunnerProcess, message: Message, task: asyncio.Future[Any]
    ) -> None:
        self._answers.discard(task)
        error = None if task.cancelled() else task.exception()
        if error is not None:
            text = f"{error}"
            process.send(JobResult(lane=process.lane, reply_to=message.id, ok=False, text=text))

    async def _give(self, process: RunnerProcess, message: said.NeedItems) -> None:
        found = await self._parts.engine.do(hearing.need(message))
        running = self._running(process, message.job_id, message.run)
        if found is not None and running is not None:
            items, more = found
            process.give_items(message, running.job, items, more)

    async def _add(self, process: RunnerProcess, message: said.AddItems) -> None:
        added = await self._parts.engine.do(hearing.add(message))
        ok = added is not None
        text = f"{added} items are new" if ok else "this run of the job is over"
        process.send(
            JobResult(lane=process.lane, reply_to=message.id, ok=ok, text=text, count=added)
        )

    async def _pass_on(
        self, process: RunnerProcess, message: said.JobMessage | said.EnqueueRequest
    ) -> None:
        running = self._running(process, message.job_id, message.run)
        if running is None:
            result = JobResult(ok=False, text="this run of the job is over")
        else:
            result = await self._parts.answer(running.job, message)
        about = {"lane": process.lane, "reply_to": message.id}
        process.send(result.model_copy(update=about))


def _can_run(lane: Lane) -> bool:
    process = lane.process
    return (
        process is not None
        and process.ready
        and process.stopping is None
        and process.fault is None
        and not process.exited.done()
    )


def _all(lane: Lane) -> Iterable[Running]:
    return lane.running.values()


def _place(running: Running) -> Place:
    job = running.job
    return Place(job.id, job.rank, job.priority, running.stop is not None)


def _no_crash(_now: Millis) -> Crash | None:
    return None


async def _hurry(processes: Iterable[RunnerProcess], hurry: asyncio.Event) -> None:
    await hurry.wait()
    for process in processes:
        process.hurry()
