"""Messages from the supervisor to a job runner (docs/architecture.md, Messages).

A runner serves one lane and may run several jobs at a time.  Whatever is said about a job carries
its `job_id` and its `run`: a number that grows each time the job is handed to a runner, so that
what is said of an earlier run changes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from meshvisor.shared.protocol.messages import Error, Message
from meshvisor.shared.protocol.to_worker import JobResult, Shutdown, StatusRequest

StopReason = Literal["preempt", "pause", "cancel", "shutdown"]


class Item(BaseModel):
    """One item of a job."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    position: int
    """Its place in the job, from 0; what is said about the item names it by this."""
    key: str
    """Unique within its job."""


class RunJob(Message):
    """Run a job from its first pending item on.  `mesh_id` of the envelope is the job's mesh."""

    type: Literal["run_job"] = "run_job"
    job_id: int
    run: int
    attempt: int
    """Tries so far, this one included; a try that was preempted or paused goes on as the same."""
    action: str
    data: Mapping[str, Any] = Field(default_factory=dict)
    created_by: str = ""
    created_at: int = 0
    """Milliseconds since 1970; with the number of the job it names it among those of all homes."""
    total: int = 0
    """Items of the job, with those that have an outcome already."""
    items: tuple[Item, ...] = ()
    """The first batch."""
    more: bool = False
    """Whether there are items beyond this batch, to be asked for with `need_items`."""
    target: str | None = None
    """To what, or on whose behalf, it is done; None: nothing in particular."""
    rate_limit_ms: int | None = None
    """Milliseconds of a rate limit that does not say how long it is; None: a minute."""
    one_by_one: int | None = None
    """Items up to this position are handed to the action one at a time: a runner hung or died
    while several were open, and nobody knows at which.  None: no such thing."""
    state: Any = None
    """What the action has kept at a checkpoint; None: nothing."""


class MoreItems(Message):
    """The answer to `need_items`."""

    type: Literal["more_items"] = "more_items"
    job_id: int
    run: int
    items: tuple[Item, ...]
    more: bool


class StopJob(Message):
    """Stop a job at its next item."""

    type: Literal["stop_job"] = "stop_job"
    job_id: int
    run: int
    reason: StopReason
    deadline: float
    """Seconds until the item that runs is given up."""


ToRunner = Annotated[
    RunJob | MoreItems | StopJob | Shutdown | StatusRequest | JobResult | Error,
    Field(discriminator="type"),
]
