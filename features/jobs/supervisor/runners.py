"""The runner processes: one for each lane with work, started, watched, replaced and ended.

Owns when a runner is there.  Does not own the jobs that it has (`lanes`) nor what it says
(`message_handling`).

A lane has a runner from its first job until nobody has needed it for a while.  One that dies is
replaced at once, then after growing pauses.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Final

from meshvisor.features.fleet.settings import FleetSettings
from meshvisor.features.jobs.settings import JobSettings
from meshvisor.features.jobs.supervisor.runner import RunnerProcess
from meshvisor.shared.clock import Clock
from meshvisor.shared.heartbeat import HeartbeatTable
from meshvisor.shared.model.exits import ChildExit, ExitCause
from meshvisor.shared.protocol.channel import Broken
from meshvisor.shared.protocol.codec import UnknownMessage
from meshvisor.shared.protocol.messages import Error, Message
from meshvisor.shared.protocol.start import RunnerStart
from meshvisor.shared.settings.kernel import LogSettings
from meshvisor.shared.settings.model import Settings
from meshvisor.supervisor.children import liveness
from meshvisor.supervisor.children.heartbeat_watch import HeartbeatWatch
from meshvisor.supervisor.children.slots import Slots
from meshvisor.supervisor.children.spawner import Child, Spawner, SpawnError, SpawnOrder

log = logging.getLogger(__name__)

RUNNER_ENTRY: Final = "meshvisor.features.jobs.worker.main:run"

FIRST_PAUSE: Final = 0.2
"""Seconds before a runner that died twice in a row, or could not be started, is tried again;
doubles each further time."""

LONGEST_PAUSE: Final = 60.0
"""Seconds."""

LAST_WORDS: Final = 1.0
"""Seconds that reading what a dead runner has said may take; a socket holds what is read in
milliseconds, unless something that it has started keeps the other end open."""

MOST_RUNNERS: Final = 64
"""Runners at a time; further lanes wait for one that has nothing to do.  Lanes are made by naming
them, so a mistake in a plug-in could want thousands."""

SHORTEST_IDLE: Final = 0.1
"""Seconds that a runner has nothing to do before it makes room for that of another lane."""

MOST_EXCUSED: Final = 3
"""Runners in a row that may end for a reason that is no fault of their jobs, without any of these
getting on; from then on it is."""


@dataclass(frozen=True, slots=True)
class RunnerParts:
    """What runners are made with."""

    spawner: Spawner
    heartbeats: HeartbeatTable
    slots: Slots
    clock: Clock
    attach_log: Callable[[str, int, asyncio.Future[Any]], None]
    """Given a name, the read end of a runner's log pipe, and the future of the runner's end."""
    can_dump: bool = True
    """Whether a hung runner can be asked for its stacks."""


@dataclass(frozen=True, slots=True)
class End:
    """How a runner has ended."""

    process: RunnerProcess
    why: str
    """In a few words."""
    on_purpose: bool
    """Whether its jobs are to go on as if nothing had happened."""
    mark: int
    """What it worked on then (`features.jobs.model.job.marked_item`); 0: on no item."""
    hung: bool
    """Whether it was killed because it hung."""


@dataclass(slots=True)
class _Post:
    """A lane's place for a runner."""

    lane: str
    process: RunnerProcess | None = None
    starting: asyncio.Task[None] | None = None
    deaths: int = 0
    """Runners in a row that died, or could not be started, without any job getting on."""
    pause: asyncio.TimerHandle | None = None
    """Until the next one is tried."""
    idle: asyncio.TimerHandle | None = None
    """Until a runner that nobody needs is ended."""
    is_needed: bool = False
    """Whether somebody has needed a runner since there was one that could still be used."""

    @property
    def has_runner(self) -> bool:
        """Whether it has a runner, whatever its state."""
        return self.process is not None or self.starting is not None


class Runners:
    """All runner processes; make it inside a running event loop.

    Args:
        settings: the present ones.
        parts: what runners are made with.
        on_message: called with everything that a runner says.
        on_end: called when one is gone and all was heard; returns whether its lane needs another.
    """

    def __init__(
        self,
        settings: Settings,
        parts: RunnerParts,
        on_message: Callable[[RunnerProcess, Message], None],
        on_end: Callable[[End], bool],
    ) -> None:
        self.settings = settings
        self._parts = parts
        self._on_message = on_message
        self._on_end = on_end
        self._posts: dict[str, _Post] = {}
        self._closing = False
        self._generation = 0
        """How often all of them were replaced."""
        self._ends: set[asyncio.Task[None]] = set()
        """One for each runner, until nothing follows from its end any more."""
        self._watch = HeartbeatWatch[RunnerProcess](
            parts.heartbeats, parts.clock, self._on_hung, can_dump=parts.can_dump
        )

    # ---- What others see and ask for ---------------------------------------------------------

    def ready(self, lane: str) -> RunnerProcess | None:
        """Return the runner of a lane; None: there is none that could run a job now."""
        post = self._posts.get(lane)
        process = post.process if post is not None else None
        if process is None or not process.ready or self._closing or _is_going(process):
            return None
        return process

    def any(self, lane: str) -> RunnerProcess | None:
        """Return the runner of a lane, whatever it is about to do."""
        post = self._posts.get(lane)
        return post.process if post is not None else None

    def need(self, lane: str) -> None:
        """Have a runner started, now or after one that just ends, unless there is one."""
        post = self._posts.setdefault(lane, _Post(lane))
        if self._closing or (post.process is not None and not _is_going(post.process)):
            return
        post.is_needed = True
        if post.process or post.starting or post.pause:
            return
        if sum(one.has_runner for one in self._posts.values()) >= MOST_RUNNERS:
            self._make_room()
            return
        post.starting = asyncio.create_task(self._start(post), name=f"runner {lane}")

    def arm_idle_timer(self, lane: str) -> None:
        """Have a runner ended later, unless it has got something to do by then."""
        post = self._posts[lane]
        if post.idle is None:
            # Never at once: what it was started for is only just being handed to it.
            usual = self.settings.of(JobSettings).runner_idle_after
            after = SHORTEST_IDLE if self._waiting() else max(SHORTEST_IDLE, usual)
            post.idle = asyncio.get_running_loop().call_later(after, self._retire, post)

    def cancel_idle_timer(self, lane: str) -> None:
        """Take back `arm_idle_timer`."""
        post = self._posts[lane]
        if post.idle is not None:
            post.idle.cancel()
            post.idle = None

    def record_progress(self, lane: str) -> None:
        """Take in that a job of a lane got on: earlier deaths do not count any more."""
        post = self._posts[lane]
        post.deaths = 0
        if post.process is not None:
            post.process.got_on = True

    def problem(self, lane: str) -> str | None:
        """Return why a lane has no runner although it needs one; None: all is well."""
        post = self._posts.get(lane)
        if post is None or post.process is not None:
            return None
        if post in self._waiting():
            return f"{MOST_RUNNERS} other lanes have runners, and it waits for one of them to end"
        if post.pause is not None:
            return f"the runner of lane {lane} has ended {post.deaths} times and is replaced soon"
        return f"the runner of lane {lane} is being started" if post.starting else None

    def replace(self, reason: str) -> None:
        """End all runners politely; those that are needed get successors."""
        self._generation += 1
        for process in self._processes():
            process.stop(reason, self.settings.of(JobSettings).stop_timeout)

    def retire(self, process: RunnerProcess, reason: str, deadline: float) -> None:
        """End a runner that is worn out; its jobs go on in its successor.

        Args:
            process: which.
            reason: in a few words.
            deadline: seconds that its jobs have to reach their next items, and then to end.
        """
        log.info(
            "the runner of lane %s is replaced: %s",
            process.lane,
            reason,
            extra={"event": "runner.worn_out", "lane": process.lane},
        )
        process.stop(reason, deadline)

    async def watch_heartbeats(self) -> None:
        """Look at the heartbeats of all runners for ever."""
        while True:
            await asyncio.sleep(liveness.SCAN_INTERVAL)
            self._watch.scan(self._processes(), self.settings.of(FleetSettings).hung_after)

    async def close(self, timeout: float, force: asyncio.Event) -> None:
        """End all runners politely; returns when all that follows from it was asked for.

        Args:
            timeout: seconds for the polite part.
            force: once set, the polite part is skipped.
        """
        self._closing = True
        processes = self._processes()
        for process in processes:
            process.stop("the supervisor stops", timeout)
        starting = []
        for post in self._posts.values():
            for timer in (post.pause, post.idle):
                if timer is not None:
                    timer.cancel()
            if post.starting is not None:
                # The zygote may be busy with a plug-in that hangs, and nobody wants its answer.
                post.starting.cancel()
                starting.append(post.starting)
        forcing = asyncio.create_task(_force(processes, force), name="hurry runners")
        try:
            await asyncio.gather(*starting, return_exceptions=True)
            await asyncio.gather(*self._ends)
        finally:
            forcing.cancel()

    # ---- Private: one life -------------------------------------------------------------------

    def _processes(self) -> list[RunnerProcess]:
        return [post.process for post in self._posts.values() if post.process is not None]

    def _waiting(self) -> list[_Post]:
        """Return the lanes that have no runner because others have too many."""
        return [
            post
            for post in self._posts.values()
            if post.is_needed and not post.has_runner and post.pause is None
        ]

    def _make_room(self) -> None:
        for post in self._posts.values():
            if post.idle is not None:
                post.idle.cancel()
                self._retire(post)
                return

    def _retire(self, post: _Post) -> None:
        post.idle = None
        if post.process is not None and post.process.stopping is None:
            log.debug("lane %s has nothing to do, its runner ends", post.lane)
            post.process.stop("nothing to do", self.settings.of(JobSettings).stop_timeout)

    async def _start(self, post: _Post) -> None:
        try:
            await self._spawn(post)
        except Exception:
            # Nobody else would ever try again.
            log.exception("the runner of lane %s cannot be started", post.lane)
            post.starting = None
            post.deaths += 1
            self._pause(post)

    async def _spawn(self, post: _Post) -> None:
        parts, generation = self._parts, self._generation
        slot = parts.slots.take()
        # Until its loop stamps for the first time, the runner is judged from this moment.
        parts.heartbeats.stamp(slot)
        parts.heartbeats.mark(slot, 0)
        start = RunnerStart(
            lane=post.lane,
            log_level=self.settings.of(LogSettings).level,
            memory_limit_bytes=self.settings.of(JobSettings).runner_memory_limit_mb * 1024 * 1024,
            max_jobs=self.settings.of(JobSettings).runner_max_jobs,
        )
        order = SpawnOrder(RUNNER_ENTRY, post.lane, slot, start.model_dump(mode="json"), "runner")
        try:
            child = await parts.spawner.spawn(order)
        except SpawnError as error:
            self._not_started(post, slot, str(error))
            return
        except BaseException:
            parts.slots.give_back(slot)
            raise
        post.starting = None
        post.is_needed = False
        process = await self._adopt(post, child, slot)
        if generation != self._generation:
            process.stop("its plug-ins have changed", self.settings.of(JobSettings).stop_timeout)

    def _not_started(self, post: _Post, slot: int, why: str) -> None:
        self._parts.slots.give_back(slot)
        post.starting = None
        # Once, and not several times a second for as long as it lasts.
        level = logging.WARNING if not post.deaths else logging.DEBUG
        log.log(level, "the runner of lane %s cannot be started: %s", post.lane, why)
        post.deaths += 1
        self._pause(post)

    async def _adopt(self, post: _Post, child: Child, slot: int) -> RunnerProcess:
        process = RunnerProcess(post.lane, child, slot, self._parts.clock.monotonic())
        if child.log is not None:
            self._parts.attach_log(f"lane-{post.lane}", child.log, child.exited)
        post.process = process
        await process.open(self._on_message, self._on_broken, self._on_unknown)
        watch = asyncio.create_task(self._watch_end(post, process), name=f"end of {post.lane}")
        self._ends.add(watch)
        watch.add_done_callback(self._ends.discard)
        if self._closing:
            process.stop("the supervisor stops", self.settings.of(JobSettings).stop_timeout)
        return process

    async def _watch_end(self, post: _Post, process: RunnerProcess) -> None:
        """Wait for the end of a runner, and for the last of what it has said."""
        await asyncio.wait((process.exited,))
        # The news of its end may overtake its last words, which tell of items that are done.
        await asyncio.wait((process.drained,), timeout=LAST_WORDS)
        self._ended(post, process, process.exited.result())

    def _ended(self, post: _Post, process: RunnerProcess, cause: ExitCause) -> None:
        process.close()
        post.process = None
        self.cancel_idle_timer(post.lane)
        was_told = process.stopping is not None
        if not was_told and not process.got_on:
            post.deaths += 1
        # It says that it gives up what it cannot stop, or somebody has stopped it (SIGSTOP): no
        # fault of its jobs, unless that is all that ever happens.
        is_excused = cause.code == ChildExit.STUCK or process.was_stopped
        on_purpose = was_told or (is_excused and post.deaths < MOST_EXCUSED)
        why = process.fault or f"its runner {cause}"
        if not on_purpose:
            log.error(
                "lane %s: %s", post.lane, why, extra={"event": "runner.crashed", "lane": post.lane}
            )
        hung = process.fault is not None and process.suspicion is not None
        mark = self._parts.heartbeats.marked(process.slot)
        self._parts.slots.give_back(process.slot)
        is_needed = self._on_end(
            End(process, why, on_purpose, mark, hung and not process.was_stopped)
        )
        post.is_needed = post.is_needed or is_needed
        if post.deaths > 1:
            self._pause(post)
        for waiting in self._waiting():
            self.need(waiting.lane)

    def _pause(self, post: _Post) -> None:
        """Try again later: more and more slowly."""
        if not self._closing:
            seconds = min(FIRST_PAUSE * 2 ** min(post.deaths - 1, 20), LONGEST_PAUSE)
            loop = asyncio.get_running_loop()
            post.pause = loop.call_later(seconds, self._pause_over, post)

    def _pause_over(self, post: _Post) -> None:
        post.pause = None
        if post.is_needed:
            self.need(post.lane)

    # ---- Private: what is wrong with one -----------------------------------------------------

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


def _is_going(process: RunnerProcess) -> bool:
    """Return whether it is about to end, or has."""
    return process.stopping is not None or process.fault is not None or process.exited.done()


async def _force(processes: Iterable[RunnerProcess], force: asyncio.Event) -> None:
    await force.wait()
    for process in processes:
        process.force()
