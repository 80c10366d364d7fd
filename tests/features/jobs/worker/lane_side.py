"""The supervisor as a runner sees it: the other end of the channel, in the test's own loop.

Owns jobs in memory, which are handed out in batches, and all that is said about them, in order.
"""

from __future__ import annotations

import asyncio
import itertools
import socket
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

from meshvisor.features.jobs.messages.from_runner import (
    FROM_RUNNER,
    AddItems,
    Checkpoint,
    EnqueueRequest,
    ItemResult,
    ItemResults,
    JobFinished,
    JobLog,
    JobMessage,
    JobRateLimited,
    JobStarted,
    JobStopped,
    NeedItems,
    RunnerReady,
    RunnerStatus,
    StageItems,
)
from meshvisor.features.jobs.messages.requests import JobResult
from meshvisor.features.jobs.messages.to_runner import Item, MoreItems, RunJob, StopJob, StopReason
from meshvisor.features.jobs.worker.main import serve
from meshvisor.features.jobs.worker.timings import Timings
from meshvisor.shared.protocol.channel import Broken, Channel, ReadBudget
from meshvisor.shared.protocol.codec import Codec, UnknownMessage
from meshvisor.shared.protocol.messages import Error, Message, RestartRequest
from meshvisor.shared.protocol.to_worker import Shutdown, StatusRequest
from meshvisor.worker.child.start import ChildStart

PATIENCE: Final = 20.0
"""Seconds that a test waits for what takes milliseconds, on however busy a machine."""

LANE: Final = "game-api"

End = JobFinished | JobRateLimited | JobStopped

M = TypeVar("M", bound=Message)


def start_params(**changes: Any) -> dict[str, Any]:
    """Return the start parameters of a runner, as JSON."""
    return {"lane": LANE, "log_level": "debug", "memory_limit_bytes": 0, **changes}


@dataclass
class Job:
    """A job and all that has become of it.

    Attributes:
        batch: how many items are handed out at a time.
        said: every message about it, in order.
    """

    id: int
    action: str
    keys: list[str]
    batch: int
    fields: Mapping[str, Any]
    run: int = 0
    outcomes: dict[int, ItemResult] = field(default_factory=dict)
    """By position."""
    state: Any = None
    """What was kept at a checkpoint."""
    said: list[Message] = field(default_factory=list)
    ended: asyncio.Future[End] = field(default_factory=asyncio.Future)
    news: asyncio.Event = field(default_factory=asyncio.Event)

    def pending(self, after: int = -1, most: int | None = None) -> list[Item]:
        """Return the first items behind a position that have no outcome."""
        found = (
            Item(position=position, key=self.keys[position])
            for position in range(after + 1, len(self.keys))
            if position not in self.outcomes
        )
        return list(itertools.islice(found, most))

    @property
    def states(self) -> dict[str, str]:
        """The state of each item that has one, in the order in which they came."""
        return {self.keys[position]: result.state for position, result in self.outcomes.items()}

    @property
    def results(self) -> dict[str, Any]:
        """The result of each item that has an outcome."""
        return {self.keys[position]: result.result for position, result in self.outcomes.items()}

    def error(self, key: str) -> str | None:
        """Return why an item has failed."""
        return self.outcomes[self.keys.index(key)].error

    def all(self, kind: type[M]) -> list[M]:
        """Return what was said of this kind."""
        return [message for message in self.said if isinstance(message, kind)]

    @property
    def log(self) -> list[str]:
        """The lines of its log."""
        return [line.text for line in self.all(JobLog)]

    async def end(self) -> End:
        """Return how this run ends, when it has."""
        async with asyncio.timeout(PATIENCE):
            return await asyncio.shield(self.ended)

    async def started(self) -> None:
        """Return when this run is said to have started."""
        async with asyncio.timeout(PATIENCE):
            while not self.all(JobStarted):
                self.news.clear()
                await self.news.wait()

    async def error_of_end(self) -> str:
        """Return why this run has failed."""
        end = await self.end()
        assert isinstance(end, JobFinished), end
        assert end.error is not None
        return end.error

    async def logged(self, text: str) -> None:
        """Return when this line is in its log."""
        async with asyncio.timeout(PATIENCE):
            while text not in self.log:
                self.news.clear()
                await self.news.wait()

    async def has(self, key: str) -> ItemResult:
        """Return the outcome of an item, when it has one."""
        position = self.keys.index(key)
        async with asyncio.timeout(PATIENCE):
            while position not in self.outcomes:
                self.news.clear()
                await self.news.wait()
        return self.outcomes[position]


class LaneSide:
    """Hands out jobs, answers, listens.

    Attributes:
        refusal: what is answered to everything that an action asks for; None: it is done.
        silent: whether what an action asks for is done without an answer.
        granted: so many of its requests are granted before one of these two holds.
        mute: whether nothing is done or answered at all.
        seen: messages about no job.
    """

    def __init__(self) -> None:
        self.refusal: str | None = None
        self.silent = False
        self.granted = 0
        self.mute = False
        self.ended: asyncio.Future[Broken | None] = asyncio.get_running_loop().create_future()
        self.seen: list[Message] = []
        self._jobs: dict[int, Job] = {}
        self._news = asyncio.Event()
        self._channel: Channel

    async def open(self, sock: socket.socket) -> None:
        """Take over this end of the channel."""
        self._channel = await Channel.open(
            sock, Codec(FROM_RUNNER), self._take, self.ended.set_result, self._unknown
        )
        # Tests that say a hundred thousand things are not about the patience of the reader.
        self._channel.budget = ReadBudget(bytes=1 << 40, messages=1 << 40)

    def send(self, message: Message) -> None:
        """Tell the runner something."""
        self._channel.send(message)

    def send_bytes(self, data: bytes) -> None:
        """Write what no sane supervisor would."""
        assert self._channel._transport is not None
        self._channel._transport.write(data)

    def listen(self, listens: bool) -> None:
        """Read what the runner says, or leave it in the socket."""
        transport = self._channel._transport
        assert transport is not None
        transport.resume_reading() if listens else transport.pause_reading()

    def close(self) -> None:
        """Be gone."""
        self._channel.close()

    async def request(self, message: Message) -> Message:
        """Ask the runner something."""
        return await self._channel.request(message, PATIENCE)

    async def status(self) -> RunnerStatus:
        """Return the runner's answer to `status_request`; it has read all that was sent before."""
        answer = await self.request(StatusRequest())
        assert isinstance(answer, RunnerStatus)
        return answer

    async def expect(self, kind: type[M]) -> M:
        """Return the next message of this kind that is about no job."""
        async with asyncio.timeout(PATIENCE):
            while True:
                for message in self.seen:
                    if isinstance(message, kind):
                        self.seen.remove(message)
                        return message
                self._news.clear()
                await self._news.wait()

    # ---- Jobs --------------------------------------------------------------------------------

    def begin(
        self, action: str, keys: Sequence[str] = (), *, batch: int = 256, **fields: Any
    ) -> Job:
        """Hand out a new job."""
        job = Job(len(self._jobs) + 1, action, list(keys), batch, fields)
        self._jobs[job.id] = job
        self.again(job)
        return job

    def again(self, job: Job) -> None:
        """Hand out what is pending of a job."""
        job.run += 1
        job.said.clear()
        job.ended = asyncio.get_running_loop().create_future()
        pending = job.pending(most=job.batch + 1)
        run = {"attempt": 1, "total": len(job.keys), "mesh_id": "lobby", **job.fields}
        self.send(
            RunJob(
                lane=LANE,
                job_id=job.id,
                run=job.run,
                action=job.action,
                items=tuple(pending[: job.batch]),
                more=len(pending) > job.batch,
                state=job.state,
                **run,
            )
        )

    async def do(self, action: str, keys: Sequence[str] = (), **options: Any) -> Job:
        """Run a job that succeeds and return it."""
        job = self.begin(action, keys, **options)
        end = await job.end()
        assert isinstance(end, JobFinished), end
        assert end.error is None, end
        assert not job.pending()
        return job

    async def fail(self, action: str, keys: Sequence[str] = (), **options: Any) -> str:
        """Run a job that fails and return its error."""
        return await self.begin(action, keys, **options).error_of_end()

    def stop(self, job: Job, reason: StopReason = "preempt", deadline: float = PATIENCE) -> None:
        """Ask a job to stop."""
        self.send(StopJob(job_id=job.id, run=job.run, reason=reason, deadline=deadline))

    # ---- What the runner says ----------------------------------------------------------------

    def _take(self, message: Any) -> None:
        if isinstance(message, RunnerReady | RunnerStatus | Error | RestartRequest):
            self.seen.append(message)
            self._news.set()
            return
        job = self._jobs[message.job_id]
        assert message.run == job.run
        assert not job.ended.done(), f"the job has ended, and then came {message}"
        assert message.lane == LANE
        job.said.append(message)
        match message:
            case ItemResults(results=results):
                for result in results:
                    assert result.position not in job.outcomes, "an item has got two outcomes"
                    job.outcomes[result.position] = result
            case JobFinished() | JobRateLimited() | JobStopped():
                job.ended.set_result(message)
            case JobStarted() | JobLog():
                pass
            case Checkpoint():
                self._keep(job, message)
            case NeedItems() if not self.mute:
                self.answer_need(job, message)
            case AddItems() | JobMessage() | StageItems() | EnqueueRequest() if not self.mute:
                self.granted -= 1
                answer = self._answer(job, message)
                if self.granted >= 0 or not self.silent:
                    self.send(answer)
        job.news.set()

    def answer_need(self, job: Job, asked: NeedItems) -> None:
        """Hand out the next batch."""
        items = job.pending(asked.after, job.batch + 1)
        self.send(
            MoreItems(
                reply_to=asked.id,
                job_id=job.id,
                run=asked.run,
                items=tuple(items[: job.batch]),
                more=len(items) > job.batch,
            )
        )

    def _answer(
        self, job: Job, asked: AddItems | JobMessage | StageItems | EnqueueRequest
    ) -> JobResult:
        if self.refusal is not None and self.granted < 0:
            return JobResult(reply_to=asked.id, ok=False, text=self.refusal)
        if isinstance(asked, AddItems):
            known = set(job.keys)
            new = [key for key in asked.keys if key not in known]
            job.keys += new
            return JobResult(reply_to=asked.id, ok=True, text="", count=len(new))
        number = 1000 if isinstance(asked, EnqueueRequest) else None
        return JobResult(reply_to=asked.id, ok=True, text="", job_id=number)

    def _keep(self, job: Job, asked: Checkpoint) -> None:
        if asked.keeps and not self.mute:
            ok = self.refusal is None
            if ok:
                job.state = asked.state
            self.send(JobResult(reply_to=asked.id, ok=ok, text=self.refusal or "kept"))

    def _unknown(self, unknown: UnknownMessage) -> None:
        raise AssertionError(f"the runner sent an unknown message: {unknown}")


class RunningLane:
    """A runner inside the test's loop, and the supervisor's side of it.

    Attributes:
        marks: what the runner has said that it works on, oldest first.
    """

    def __init__(self, side: LaneSide, exit_code: asyncio.Task[int]) -> None:
        self.side = side
        self.marks: list[int] = []
        self._exit_code = exit_code

    @classmethod
    async def start(cls, timings: Timings) -> RunningLane:
        """Start a runner."""
        here, there = socket.socketpair()
        side = LaneSide()
        await side.open(here)
        marks: list[int] = []
        start = ChildStart(
            LANE, there, lambda: None, start_params(), alone=False, mark=marks.append
        )
        runner = cls(side, asyncio.create_task(serve(start, timings), name="runner"))
        runner.marks = marks
        return runner

    async def exit_code(self) -> int:
        """Return how the runner ended, when it has."""
        async with asyncio.timeout(PATIENCE):
            return await asyncio.shield(self._exit_code)

    async def stop(self) -> None:
        """End the runner, if it has not ended yet."""
        if not self._exit_code.done():
            if not self.side.ended.done():
                self.side.send(Shutdown(mode="forced", deadline=1.0))
            await self.exit_code()
        async with asyncio.timeout(PATIENCE):
            await self.side.ended
