"""Messages from a job runner to the supervisor (docs/architecture.md, Messages).

`run_job` and `attempt` are explained in `to_runner`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from shared.protocol.messages import Error, Message


class RunnerReady(Message):
    """The runner is initialised."""

    type: Literal["ready"] = "ready"
    actions: tuple[str, ...] = ()
    """Actions that its plug-ins declare."""


class RunnerStatus(Message):
    """The answer to `status_request`."""

    type: Literal["status_response"] = "status_response"
    job_id: int | None = None
    """The job that runs; None: it is idle."""
    uptime_seconds: float
    event_loop_lag_ms: float
    memory_bytes: int


class JobStarted(Message):
    """The job's action runs."""

    type: Literal["job_started"] = "job_started"
    job_id: int
    attempt: int


class ItemResult(BaseModel):
    """What became of one item."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    key: str
    state: Literal["done", "failed", "existing"]
    result: Any = None
    error: str | None = None


class ItemResults(Message):
    """Items that have ended since the last such message, batched."""

    type: Literal["item_results"] = "item_results"
    job_id: int
    attempt: int
    results: tuple[ItemResult, ...]


class NeedItems(Message):
    """Asks for the next batch; answered with `more_items`."""

    type: Literal["need_items"] = "need_items"
    job_id: int
    attempt: int


class JobStopped(Message):
    """The job has stopped at an item, as `stop_job` asked."""

    type: Literal["job_stopped"] = "job_stopped"
    job_id: int
    attempt: int
    reason: Literal["preempt", "pause", "cancel", "shutdown"]


class JobFinished(Message):
    """The job's action has ended."""

    type: Literal["job_finished"] = "job_finished"
    job_id: int
    attempt: int
    error: str | None = None
    """One sentence; None: it has succeeded."""


class JobRateLimited(Message):
    """The action met a rate limit; the job, and what shares the key, has to wait."""

    type: Literal["job_rate_limited"] = "job_rate_limited"
    job_id: int
    attempt: int
    key: str
    resume_after: float
    """Seconds."""


class JobLog(Message):
    """A line of the job's own log."""

    type: Literal["job_log"] = "job_log"
    job_id: int
    attempt: int
    level: str
    text: str


class EnqueueRequest(Message):
    """An action enqueues another job; answered with `job_result`."""

    type: Literal["job_request"] = "job_request"
    action: str
    items: tuple[str, ...] = ()
    data: Mapping[str, Any] = Field(default_factory=dict)
    key: str | None = None
    """Idempotency key."""


FromRunner = Annotated[
    RunnerReady
    | RunnerStatus
    | JobStarted
    | ItemResults
    | NeedItems
    | JobStopped
    | JobFinished
    | JobRateLimited
    | JobLog
    | EnqueueRequest
    | Error,
    Field(discriminator="type"),
]
