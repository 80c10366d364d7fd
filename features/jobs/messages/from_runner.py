"""Messages from a job runner to the supervisor (docs/architecture.md, Messages).

`job_id` and `run` are explained in `to_runner`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final, Literal

from meshvisor.features.jobs.messages.submission import Submission
from meshvisor.features.jobs.messages.to_runner import StopReason
from meshvisor.shared.protocol.directions import Direction
from meshvisor.shared.protocol.fields import (
    Count,
    Name,
    Number,
    Paragraph,
    Seconds,
    as_name,
    as_paragraph,
    as_wait,
    put,
)
from meshvisor.shared.protocol.messages import Error, Message, RestartRequest
from meshvisor.shared.protocol.parts import Part, written


class RunnerReady(Message, tag="ready"):
    """The runner is initialised."""

    actions: tuple[str, ...] = written(())
    """Actions that its plug-ins declare."""


class RunnerStatus(Message, tag="status_response"):
    """The answer to `status_request`."""

    jobs: tuple[Count, ...] = written(())
    """The jobs that run."""
    uptime_seconds: float
    event_loop_lag_ms: float
    memory_bytes: Count
    abandoned_threads: Count = written(0)
    """How many run although no caller waits for them any more."""


class JobStarted(Message, tag="job_started"):
    """The job's action runs; not said of one that is over at once."""

    job_id: Count
    run: Count


class ItemResult(Part):
    """What became of one item."""

    position: Count
    state: Literal["done", "failed", "existing"]
    result: Any = None
    error: str | None = None


class ItemResults(Message, tag="item_results"):
    """Items that have ended since the last such message, batched."""

    job_id: Count
    run: Count
    results: tuple[ItemResult, ...]

    def foreign(self) -> Iterable[object]:
        """Return what plug-ins have given."""
        return (one.result for one in self.results)


class NeedItems(Message, tag="need_items"):
    """Asks for the next batch; answered with `more_items`."""

    job_id: Count
    run: Count
    after: Number
    """Position of the last item that the runner has been given; -1: none."""


class AddItems(Message, tag="add_items"):
    """The action has found more to do; answered with `job_result`."""

    job_id: Count
    run: Count
    keys: tuple[str, ...]
    """Those that the job has already are left out."""


class JobStopped(Message, tag="job_stopped"):
    """The job has stopped at an item, as `stop_job` asked."""

    job_id: Count
    run: Count
    reason: StopReason
    notes: tuple[Paragraph, ...] | None = None
    """Lines for its history: what was cut off, what it raised meanwhile."""

    def __post_init__(self) -> None:
        """Cut what is too long."""
        if self.notes is not None:
            put(self, "notes", tuple(map(as_paragraph, self.notes)))


class JobFinished(Message, tag="job_finished"):
    """The job's action has ended."""

    job_id: Count
    run: Count
    error: str | None = None
    """One sentence; None: it has succeeded, if each item has an outcome."""
    final: bool = written(False)
    """Whether another attempt would be of no use."""


class JobRateLimited(Message, tag="job_rate_limited"):
    """The action met a rate limit; the job, and what shares the key, has to wait."""

    job_id: Count
    run: Count
    key: str | None = None
    """None: the one that its action declares."""
    resume_after: Seconds
    """Seconds."""

    def __post_init__(self) -> None:
        """Cut what is too long."""
        put(self, "resume_after", as_wait(self.resume_after))


class Checkpoint(Message, tag="checkpoint"):
    """The action has come to a place where it can be stopped; said every few seconds at most.

    With `keeps` it is answered with `job_result`, after `state` is on the disk.
    """

    job_id: Count
    run: Count
    keeps: bool = written(False)
    """Whether `state` is kept for the next run."""
    state: Any = None
    """JSON; None: nothing is kept any more."""

    def foreign(self) -> Iterable[object]:
        """Return what plug-ins have given."""
        return (self.state,)


class JobLog(Message, tag="job_log"):
    """A line of the job's own log."""

    job_id: Count
    run: Count
    level: Name
    text: Paragraph

    def __post_init__(self) -> None:
        """Cut what is too long."""
        put(self, "level", as_name(self.level))
        put(self, "text", as_paragraph(self.text))


class JobMessage(Message, tag="job_message"):
    """The action wants something said in a mesh (`mesh_id`); answered with `job_result`."""

    job_id: Count
    run: Count
    text: str


class StageItems(Message, tag="stage_items"):
    """Brings items of a job that is enqueued next, which are too many for one message.

    Answered with `job_result`.
    """

    job_id: Count
    """The job that asks."""
    run: Count
    token: Name
    """The same for all items of one new job."""
    keys: tuple[str, ...]

    def __post_init__(self) -> None:
        """Cut what is too long."""
        put(self, "token", as_name(self.token))


class EnqueueRequest(Message, tag="job_request"):
    """An action enqueues another job; answered with `job_result`.

    `mesh_id` of the envelope is the new job's mesh.
    """

    job_id: Count
    """The job that asks."""
    run: Count
    submission: Submission
    staged: Name | None = None
    """The token of items that were brought before; None: there are none."""

    def foreign(self) -> Iterable[object]:
        """Return what plug-ins have given."""
        return (self.submission.data,)

    def __post_init__(self) -> None:
        """Cut what is too long."""
        if self.staged is not None:
            put(self, "staged", as_name(self.staged))


FROM_RUNNER: Final = Direction(
    "from_runner",
    RunnerReady,
    RunnerStatus,
    JobStarted,
    ItemResults,
    NeedItems,
    AddItems,
    Checkpoint,
    JobStopped,
    JobFinished,
    JobRateLimited,
    JobLog,
    JobMessage,
    StageItems,
    EnqueueRequest,
    Error,
    RestartRequest,
)
