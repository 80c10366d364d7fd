"""A lane of the supervisor in a test's own loop: jobs for a real runner, and what it says of them.

Owns the other end of the runner's channel, with jobs in memory instead of a database.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Self

from meshvisor.features.jobs.messages.from_runner import (
    FROM_RUNNER,
    AddItems,
    EnqueueRequest,
    ItemResult,
    ItemResults,
    JobFinished,
    JobLog,
    JobMessage,
    JobRateLimited,
    NeedItems,
)
from meshvisor.features.jobs.messages.requests import JobResult
from meshvisor.features.jobs.messages.submission import Submission
from meshvisor.features.jobs.messages.to_runner import Item, MoreItems, RunJob
from meshvisor.features.jobs.worker.main import serve
from meshvisor.shared.protocol.channel import Broken, Channel
from meshvisor.shared.protocol.codec import Codec, UnknownMessage
from meshvisor.shared.protocol.messages import Message
from meshvisor.shared.protocol.to_worker import Shutdown
from meshvisor.worker.child.start import ChildStart

PATIENCE: Final = 10.0
"""Seconds that a test waits for what takes milliseconds, on however busy a machine."""

End = JobFinished | JobRateLimited


@dataclass
class Job:
    """A job and all that has become of it."""

    id: int
    action: str
    keys: list[str]
    data: Mapping[str, Any]
    runs: int = 0
    outcomes: dict[int, ItemResult] = field(default_factory=dict)
    """By position."""
    said: list[tuple[str | None, str]] = field(default_factory=list)
    """Meshes and texts."""
    submitted: list[Submission] = field(default_factory=list)
    log: list[str] = field(default_factory=list)

    @property
    def pending(self) -> tuple[Item, ...]:
        """Items without an outcome."""
        return tuple(
            Item(position=position, key=key)
            for position, key in enumerate(self.keys)
            if position not in self.outcomes
        )

    @property
    def states(self) -> dict[str, str]:
        """The state of each item that has one."""
        return {self.keys[position]: result.state for position, result in self.outcomes.items()}

    def error(self, key: str) -> str | None:
        """Return why an item has failed."""
        return self.outcomes[self.keys.index(key)].error

    def forget(self, key: str) -> None:
        """Be as after a crash just before this outcome was on the disk."""
        del self.outcomes[self.keys.index(key)]


class Lane:
    """A runner and its jobs; `async with Lane() as lane`.

    Args:
        name: of the lane.

    Attributes:
        absent: meshes in which nothing can be said.
    """

    def __init__(self, name: str = "game-api") -> None:
        self._name = name
        self.absent: set[str | None] = set()
        self._jobs: dict[int, Job] = {}
        self._ends: dict[int, asyncio.Future[End]] = {}
        self._channel: Channel
        self._runner: asyncio.Task[int]

    async def __aenter__(self) -> Self:
        here, there = socket.socketpair()
        self._channel = await Channel.open(
            here, Codec(FROM_RUNNER), self._take, self._closed, self._unknown
        )
        params = {"lane": self._name, "log_level": "debug", "memory_limit_bytes": 0}
        start = ChildStart(self._name, there, lambda: None, params, alone=False)
        self._runner = asyncio.create_task(serve(start), name="runner")
        return self

    async def __aexit__(self, *_: object) -> None:
        self._channel.send(Shutdown(mode="graceful", deadline=1.0))
        async with asyncio.timeout(PATIENCE):
            await self._runner
        self._channel.close()

    def submit(self, action: str, items: Sequence[str] = (), **data: Any) -> Job:
        """Return a new job, which does not run yet."""
        job = Job(len(self._jobs) + 1, action, list(items), data)
        self._jobs[job.id] = job
        return job

    async def run(self, job: Job) -> End:
        """Run what is pending of a job and return how that ends."""
        job.runs += 1
        self._ends[job.id] = asyncio.get_running_loop().create_future()
        self._channel.send(
            RunJob(
                lane=self._name,
                mesh_id="lobby",
                job_id=job.id,
                run=job.runs,
                attempt=job.runs,
                action=job.action,
                data=job.data,
                total=len(job.keys),
                items=job.pending,
            )
        )
        async with asyncio.timeout(PATIENCE):
            return await self._ends[job.id]

    async def do(self, action: str, items: Sequence[str] = (), **data: Any) -> Job:
        """Run a job that succeeds and return it."""
        job = self.submit(action, items, **data)
        end = await self.run(job)
        assert isinstance(end, JobFinished), end
        assert end.error is None, end
        assert not job.pending
        return job

    async def fail(self, action: str, items: Sequence[str] = (), **data: Any) -> str:
        """Run a job that fails and return its error."""
        end = await self.run(self.submit(action, items, **data))
        assert isinstance(end, JobFinished), end
        assert end.error is not None
        return end.error

    # ---- What the runner says

    def _take(self, message: Message) -> None:
        match message:
            case ItemResults(job_id=job_id, results=results):
                outcomes = self._jobs[job_id].outcomes
                for result in results:
                    assert result.position not in outcomes, "an item has got two outcomes"
                    outcomes[result.position] = result
            case JobFinished(job_id=job_id) | JobRateLimited(job_id=job_id):
                self._ends[job_id].set_result(message)
            case JobLog(job_id=job_id, text=text):
                self._jobs[job_id].log.append(text)
            case NeedItems(job_id=job_id, run=run, after=after):
                items = tuple(i for i in self._jobs[job_id].pending if i.position > after)
                self._channel.send(
                    MoreItems(reply_to=message.id, job_id=job_id, run=run, items=items, more=False)
                )
            case AddItems() | JobMessage() | EnqueueRequest():
                self._channel.send(self._answer(message))

    def _answer(self, asked: AddItems | JobMessage | EnqueueRequest) -> Message:
        job = self._jobs[asked.job_id]
        match asked:
            case AddItems(keys=keys):
                new = [key for key in keys if key not in job.keys]
                job.keys += new
                return JobResult(reply_to=asked.id, ok=True, text="", count=len(new))
            case JobMessage(mesh_id=mesh_id) if mesh_id in self.absent:
                return JobResult(reply_to=asked.id, ok=False, text=f"no bot is in {mesh_id}")
            case JobMessage(text=text, mesh_id=mesh_id):
                job.said.append((mesh_id, text))
                return JobResult(reply_to=asked.id, ok=True, text="")
            case EnqueueRequest(submission=submission):
                job.submitted.append(submission)
                return JobResult(reply_to=asked.id, ok=True, text="", job_id=100)

    def _closed(self, broken: Broken | None) -> None:
        assert broken is None, broken

    def _unknown(self, unknown: UnknownMessage) -> None:
        raise AssertionError(f"the runner sent an unknown message: {unknown}")
