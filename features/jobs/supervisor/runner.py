"""One life of one runner process, and the jobs that it has.

Owns the messages to the runner.  Does not own what it says (`message_handling`), nor which
jobs are claimed.
"""

from __future__ import annotations

import asyncio
import itertools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

from meshvisor.features.jobs.messages.from_runner import FROM_RUNNER
from meshvisor.features.jobs.messages.to_runner import Item, MoreItems, RunJob, StopJob, StopReason
from meshvisor.features.jobs.model.action import DEFAULT_RATE_LIMIT_DELAY, ActionSpec
from meshvisor.features.jobs.supervisor.ledger.claims import Claimed
from meshvisor.features.jobs.supervisor.ledger.job import Job, Millis
from meshvisor.shared.protocol.channel import ReadBudget
from meshvisor.shared.protocol.codec import Codec
from meshvisor.shared.protocol.frames import FrameTooLongError
from meshvisor.shared.protocol.messages import Message
from meshvisor.supervisor.children.child_process import ChildProcess
from meshvisor.supervisor.children.spawner import Child

CODEC: Final = Codec(FROM_RUNNER)

OVERDUE: Final = 6.0
"""Seconds beyond a stop's deadline after which a runner has to be killed: it should have ended
itself by then, if nothing else helps."""

AT_ONCE: Final = 32
"""Jobs handed over with one write: the runner begins with them while the next ones are written,
so that both sides have something to do."""

StopKind = Literal["preempt", "limit", "pause", "cancel", "shutdown"]
"""Why a job is asked to stop; a shared rate limit is no reason that the runner has to know."""


@dataclass(slots=True, eq=False)
class Running:
    """A job that a runner has."""

    job: Job
    """As it was last written."""
    spec: ActionSpec | None
    """Its action when it was handed out; the plug-ins may have another by now, or none."""
    progressed_at: float = math.inf
    """Monotonic seconds at which it was handed out, or got on last."""
    lines: int = 0
    """Lines of its own that it has said."""
    stops_anywhere: bool = False
    """Whether it has come to a checkpoint, so that it can make room although it has no items."""
    stop: StopKind | None = None
    """Why it was asked to stop; None: it was not."""
    why: str | None = None
    """Why, in words, where it is neither for another job nor wanted of this one."""
    preempted_by: int | None = None
    limited_until: Millis | None = None
    stop_by: float = math.inf
    """Loop time at which its present item is given up."""
    overdue: asyncio.TimerHandle | None = field(default=None, repr=False)

    @property
    def key(self) -> tuple[int, int]:
        """The id of the job and the number of this run."""
        return self.job.id, self.job.run

    def drop(self) -> None:
        """Forget what was to happen if it did not stop."""
        if self.overdue is not None:
            self.overdue.cancel()
            self.overdue = None


class RunnerProcess(ChildProcess):
    """A running runner.

    Args:
        lane: which lane it serves.
        child: its process.
        slot: index of its heartbeat.
        started_at: monotonic seconds.
    """

    codec = CODEC
    envelope = "lane"
    # It speaks for thousands of items and jobs a second; a mesh is a room where people type.
    budget = ReadBudget(bytes=64 * 1024 * 1024, messages=200_000)
    # What waits for it is bounded by what it is handed out; one that is frozen is noticed by its
    # heartbeat.
    write_limit = 1024 * 1024 * 1024

    def __init__(self, lane: str, child: Child, slot: int, started_at: float) -> None:
        super().__init__(lane, child, slot, started_at)
        self.lane = lane
        self.ready = False
        """Whether it has reported that it can run jobs."""
        self.actions: frozenset[str] = frozenset()
        """Names of the actions that it can run."""
        self.got_on = False
        """Whether any of its jobs did."""

    def run_all(
        self, claimed: Sequence[Claimed], spec_of: Callable[[Job], ActionSpec | None]
    ) -> list[Job]:
        """Hand it jobs, some with each write; return those that cannot be sent.

        What comes in is checked, so that there are none, but a row may be older than a check.
        """
        refused = []
        for first in range(0, len(claimed), AT_ONCE):
            frames = []
            for one in claimed[first : first + AT_ONCE]:
                try:
                    frames.append(_run_job(self.lane, one, spec_of(one.job)))
                except (ValueError, FrameTooLongError):
                    refused.append(one.job)
            self.send_frame(b"".join(frames))
        return refused

    def give_items(
        self, request: Message, job: Job, items: Sequence[tuple[int, str]], more: bool
    ) -> None:
        """Answer `need_items`."""
        self.send(
            MoreItems(
                lane=self.lane,
                reply_to=request.id,
                job_id=job.id,
                run=job.run,
                items=_items(items),
                more=more,
            )
        )

    def stop_job(
        self, running: Running, kind: StopKind, deadline: float, late: Callable[[], None]
    ) -> None:
        """Tell it to stop a job at its next item; said again only when it has less time by then.

        Args:
            running: which job.
            kind: why.
            deadline: seconds that the present item has.
            late: called when it has not stopped long after that.
        """
        loop = asyncio.get_running_loop()
        running.stop = kind
        if loop.time() + deadline >= running.stop_by:
            return
        running.stop_by = loop.time() + deadline
        running.drop()
        reason: StopReason = "pause" if kind == "limit" else kind
        job_id, run = running.key
        self.send(StopJob(lane=self.lane, job_id=job_id, run=run, reason=reason, deadline=deadline))
        running.overdue = loop.call_later(deadline + OVERDUE, late)


def _run_job(lane: str, claimed: Claimed, spec: ActionSpec | None) -> bytes:
    job, resume = claimed.job, claimed.resume
    delay = None if spec is None else spec.rate_limit_delay
    return Codec.encode(
        RunJob(
            mesh_id=job.mesh_id,
            lane=lane,
            job_id=job.id,
            run=job.run,
            attempt=job.attempt,
            action=job.action,
            data={} if job.data == "{}" else job.content,
            created_by=job.created_by,
            created_at=job.created_at,
            total=job.total,
            items=_items(claimed.items),
            more=claimed.more,
            target=job.target,
            rate_limit_ms=_unusual(delay),
            one_by_one=None if resume is None else resume.one_by_one,
            state=None if resume is None else resume.state,
        )
    )


def _unusual(delay: float | None) -> int | None:
    """Return milliseconds of a rate limit, where they are not what a runner expects."""
    return None if delay is None or delay == DEFAULT_RATE_LIMIT_DELAY else round(delay * 1000)


def _items(items: Sequence[tuple[int, str]]) -> tuple[Item, ...]:
    return tuple(itertools.starmap(Item, items))
