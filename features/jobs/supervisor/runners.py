"""The runner processes: one for each lane with work.

Owns when a runner is there.  Does not own their lives (`children.keeper`), the jobs that one has
(`lanes`) nor what it says (`message_handling`).

A lane has a runner from its first job until it has been idle for a while.  One that dies is
replaced at once, then after growing pauses.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import msgspec

from meshvisor.features.fleet.settings import FleetSettings
from meshvisor.features.jobs.model.built_in import built_in_lanes
from meshvisor.features.jobs.settings import JobSettings
from meshvisor.features.jobs.supervisor.runner import RunnerProcess
from meshvisor.shared.model.exits import RUNNER
from meshvisor.shared.protocol.messages import Message
from meshvisor.shared.protocol.start import RunnerStart
from meshvisor.shared.settings.kernel import LogSettings
from meshvisor.shared.settings.model import Settings
from meshvisor.supervisor.children import restart_policy
from meshvisor.supervisor.children.forked import Fork, ForkedKeeper, ForkedKind, ForkParts
from meshvisor.supervisor.children.keeper import Callbacks, End
from meshvisor.supervisor.children.spawner import SpawnError

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

BUILT_IN_IDLE: Final = 15.0
"""Seconds after which the runner of built-in actions ends.  They come every few minutes, so that
within `runner_idle_after` the next one always would; to fork another costs milliseconds."""

MOST_EXCUSED: Final = 3
"""Runners in a row that may end for a reason that is no fault of their jobs, without any of these
getting on; from then on it is."""


class RunnerEnd(msgspec.Struct, frozen=True):
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
    """The state of one lane's runner."""

    lane: str
    deaths: int = 0
    """Runners in a row that died, or could not be started, without any job getting on."""
    pause: asyncio.TimerHandle | None = None
    """Until the next one is tried."""
    idle: asyncio.TimerHandle | None = None
    """Until a runner that is not needed is ended."""
    is_needed: bool = False
    """Whether a runner was needed since there was one that could still be used."""


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
        parts: ForkParts,
        on_message: Callable[[RunnerProcess, Message], None],
        on_end: Callable[[RunnerEnd], bool],
    ) -> None:
        self.settings = settings
        self._parts = parts
        self._on_end = on_end
        self._posts: dict[str, _Post] = {}
        self._closing = False
        self._keeper = ForkedKeeper(
            ForkedKind(
                noun="runner",
                culprit=RUNNER(),
                subject="the runner of lane {}".format,
                make=RunnerProcess,
                said=on_message,
                last_words=LAST_WORDS,
            ),
            parts,
            Callbacks(self._began, self._opened, self._not_started, self._ended),
        )

    # ---- What others see and ask for ---------------------------------------------------------

    def ready(self, lane: str) -> RunnerProcess | None:
        """Return the runner of a lane; None: there is none that could run a job now."""
        process = self._keeper.get(lane)
        if process is None or not process.ready or self._closing or _is_going(process):
            return None
        return process

    def any(self, lane: str) -> RunnerProcess | None:
        """Return the runner of a lane, whatever it is about to do."""
        return self._keeper.get(lane)

    def need(self, lane: str) -> None:
        """Have a runner started, now or after one that just ends, unless there is one."""
        post = self._posts.setdefault(lane, _Post(lane))
        process = self._keeper.get(lane)
        if self._closing or (process is not None and not _is_going(process)):
            return
        post.is_needed = True
        if self._keeper.has(lane) or post.pause:
            return
        if sum(map(self._keeper.has, self._posts)) >= MOST_RUNNERS:
            self._make_room()
            return
        start = RunnerStart(
            lane=lane,
            log_level=self.settings.of(LogSettings).level,
            memory_limit_bytes=self.settings.of(JobSettings).runner_memory_limit_mb * 1024 * 1024,
            max_jobs=self.settings.of(JobSettings).runner_max_jobs,
        )
        self._keeper.start(lane, Fork(RUNNER_ENTRY, msgspec.to_builtins(start)))

    def arm_idle_timer(self, lane: str) -> None:
        """Have a runner ended later, unless it has got something to do by then."""
        post = self._posts[lane]
        if post.idle is None:
            # Never at once: what it was started for is only just being handed to it.
            usual = self.settings.of(JobSettings).runner_idle_after
            if lane in built_in_lanes():
                usual = min(usual, BUILT_IN_IDLE)
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
        self._posts[lane].deaths = 0
        process = self._keeper.get(lane)
        if process is not None:
            process.got_on = True

    def problem(self, lane: str) -> str | None:
        """Return why a lane has no runner although it needs one; None: all is well."""
        post = self._posts.get(lane)
        if post is None or self._keeper.get(lane) is not None:
            return None
        if post in self._waiting():
            return f"{MOST_RUNNERS} other lanes have runners, and it waits for one of them to end"
        if post.pause is not None:
            return f"the runner of lane {lane} has ended {post.deaths} times and is replaced soon"
        return f"the runner of lane {lane} is being started" if self._keeper.has(lane) else None

    def replace(self, reason: str) -> None:
        """End all runners politely; those that are needed get successors."""
        self._keeper.replace_all(
            lambda process: process.stop(reason, self.settings.of(JobSettings).stop_timeout)
        )

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
        await self._keeper.watch_heartbeats(lambda: self.settings.of(FleetSettings).hung_after)

    async def close(self, timeout: float, force: asyncio.Event) -> None:
        """End all runners politely; returns when the changes of their jobs were requested.

        Args:
            timeout: seconds for the polite part.
            force: once set, the polite part is skipped.
        """
        self._closing = True
        for post in self._posts.values():
            for timer in (post.pause, post.idle):
                if timer is not None:
                    timer.cancel()
        await self._keeper.close(timeout, force)

    # ---- Private: one life -------------------------------------------------------------------

    def _waiting(self) -> list[_Post]:
        """Return the lanes that have no runner because others have too many."""
        return [
            post
            for post in self._posts.values()
            if post.is_needed and post.pause is None and not self._keeper.has(post.lane)
        ]

    def _make_room(self) -> None:
        for post in self._posts.values():
            if post.idle is not None:
                post.idle.cancel()
                self._retire(post)
                return

    def _retire(self, post: _Post) -> None:
        post.idle = None
        process = self._keeper.get(post.lane)
        if process is not None and process.stopping is None:
            log.debug("lane %s has nothing to do, its runner ends", post.lane)
            process.stop("nothing to do", self.settings.of(JobSettings).stop_timeout)

    def _not_started(self, lane: str, error: Exception) -> None:
        post = self._posts[lane]
        if isinstance(error, SpawnError):
            # Once, and not several times a second for as long as it lasts.
            level = logging.WARNING if not post.deaths and not self._closing else logging.DEBUG
            log.log(level, "the runner of lane %s cannot be started: %s", lane, error)
        else:
            log.error("the runner of lane %s cannot be started", lane, exc_info=error)
        post.deaths += 1
        self._pause(post)

    def _began(self, process: RunnerProcess) -> None:
        self._posts[process.lane].is_needed = False

    def _opened(self, process: RunnerProcess, _fork: Fork, is_outdated: bool) -> None:
        if is_outdated:
            process.stop("its plug-ins have changed", self.settings.of(JobSettings).stop_timeout)

    def _ended(self, end: End[RunnerProcess]) -> None:
        process = end.life
        post = self._posts[process.lane]
        self.cancel_idle_timer(post.lane)
        if not end.was_requested and not process.got_on:
            post.deaths += 1
        # It says that it gives up what it cannot stop, or another process has stopped it (SIGSTOP):
        # no fault of its jobs, unless that is all that ever happens.
        is_excused = end.gave_up or process.was_stopped
        on_purpose = end.was_requested or (is_excused and post.deaths < MOST_EXCUSED)
        if not on_purpose:
            log.error(
                "lane %s: %s",
                post.lane,
                end.why,
                extra={"event": "runner.crashed", "lane": post.lane},
            )
        hung = process.fault is not None and process.suspicion is not None
        mark = self._parts.heartbeats.marked(process.slot)
        is_needed = self._on_end(
            RunnerEnd(process, end.why, on_purpose, mark, hung and not process.was_stopped)
        )
        post.is_needed = post.is_needed or is_needed
        if post.deaths > 1:
            self._pause(post)
        for waiting in self._waiting():
            self.need(waiting.lane)

    def _pause(self, post: _Post) -> None:
        """Try again later: more and more slowly."""
        if not self._closing:
            seconds = restart_policy.pause(post.deaths, FIRST_PAUSE, LONGEST_PAUSE)
            loop = asyncio.get_running_loop()
            post.pause = loop.call_later(seconds, self._pause_over, post)

    def _pause_over(self, post: _Post) -> None:
        post.pause = None
        if post.is_needed:
            self.need(post.lane)


def _is_going(process: RunnerProcess) -> bool:
    """Return whether it is about to end, or has."""
    return process.stopping is not None or process.fault is not None or process.exited.done()
