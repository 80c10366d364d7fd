"""Messages from a job runner to the supervisor (docs/architecture.md, Messages).

`job_id` and `run` are explained in `to_runner`.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from meshvisor.features.jobs.messages.submission import Submission
from meshvisor.features.jobs.messages.to_runner import StopReason
from meshvisor.shared.protocol.fields import Count, Name, Number, Paragraph, Seconds
from meshvisor.shared.protocol.messages import Error, Message, RestartRequest


class RunnerReady(Message):
    """The runner is initialised."""

    type: Literal["ready"] = "ready"
    actions: tuple[str, ...] = ()
    """Actions that its plug-ins declare."""


class RunnerStatus(Message):
    """The answer to `status_request`."""

    type: Literal["status_response"] = "status_response"
    jobs: tuple[Count, ...] = ()
    """The jobs that run."""
    uptime_seconds: float
    event_loop_lag_ms: float
    memory_bytes: Count
    abandoned_threads: Count = 0
    """How many run although nobody waits for them any more."""


class JobStarted(Message):
    """The job's action runs; not said of one that is over at once."""

    type: Literal["job_started"] = "job_started"
    job_id: Count
    run: Count


class ItemResult(BaseModel):
    """What became of one item."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    position: Count
    state: Literal["done", "failed", "existing"]
    result: Any = None
    error: str | None = None


class ItemResults(Message):
    """Items that have ended since the last such message, batched."""

    type: Literal["item_results"] = "item_results"
    job_id: Count
    run: Count
    results: tuple[ItemResult, ...]


class NeedItems(Message):
    """Asks for the next batch; answered with `more_items`."""

    type: Literal["need_items"] = "need_items"
    job_id: Count
    run: Count
    after: Number
    """Position of the last item that the runner has been given; -1: none."""


class AddItems(Message):
    """The action has found more to do; answered with `job_result`."""

    type: Literal["add_items"] = "add_items"
    job_id: Count
    run: Count
    keys: tuple[str, ...]
    """Those that the job has already are left out."""


class JobStopped(Message):
    """The job has stopped at an item, as `stop_job` asked."""

    type: Literal["job_stopped"] = "job_stopped"
    job_id: Count
    run: Count
    reason: StopReason
    notes: tuple[Paragraph, ...] | None = None
    """Lines for its history: what was cut off, what it raised meanwhile."""


class JobFinished(Message):
    """The job's action has ended."""

    type: Literal["job_finished"] = "job_finished"
    job_id: Count
    run: Count
    error: str | None = None
    """One sentence; None: it has succeeded, if each item has an outcome."""
    final: bool = False
    """Whether another attempt would be of no use."""


class JobRateLimited(Message):
    """The action met a rate limit; the job, and what shares the key, has to wait."""

    type: Literal["job_rate_limited"] = "job_rate_limited"
    job_id: Count
    run: Count
    key: str | None = None
    """None: the one that its action declares."""
    resume_after: Seconds
    """Seconds."""


class Checkpoint(Message):
    """The action has come to a place where it can be stopped; said every few seconds at most.

    With `keeps` it is answered with `job_result`, after `state` is on the disk.
    """

    type: Literal["checkpoint"] = "checkpoint"
    job_id: Count
    run: Count
    keeps: bool = False
    """Whether `state` is kept for the next run."""
    state: Any = None
    """JSON; None: nothing is kept any more."""


class JobLog(Message):
    """A line of the job's own log."""

    type: Literal["job_log"] = "job_log"
    job_id: Count
    run: Count
    level: Name
    text: Paragraph


class JobMessage(Message):
    """The action wants something said in a mesh (`mesh_id`); answered with `job_result`."""

    type: Literal["job_message"] = "job_message"
    job_id: Count
    run: Count
    text: str


class StageItems(Message):
    """Brings items of a job that is enqueued next, which are too many for one message.

    Answered with `job_result`.
    """

    type: Literal["stage_items"] = "stage_items"
    job_id: Count
    """The job that asks."""
    run: Count
    token: Name
    """The same for all items of one new job."""
    keys: tuple[str, ...]


class EnqueueRequest(Message):
    """An action enqueues another job; answered with `job_result`.

    `mesh_id` of the envelope is the new job's mesh.
    """

    type: Literal["job_request"] = "job_request"
    job_id: Count
    """The job that asks."""
    run: Count
    submission: Submission
    staged: Name | None = None
    """The token of items that were brought before; None: there are none."""


FromRunner = Annotated[
    RunnerReady
    | RunnerStatus
    | JobStarted
    | ItemResults
    | NeedItems
    | AddItems
    | Checkpoint
    | JobStopped
    | JobFinished
    | JobRateLimited
    | JobLog
    | JobMessage
    | StageItems
    | EnqueueRequest
    | Error
    | RestartRequest,
    Field(discriminator="type"),
]
