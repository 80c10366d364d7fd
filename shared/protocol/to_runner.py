"""Messages from the supervisor to a job runner (docs/architecture.md, Messages).

The runner itself comes with the jobs; its language is fixed here, beside the worker's, so that
both grow from one envelope.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from shared.protocol.messages import Error, Message
from shared.protocol.to_worker import JobResult, Shutdown, StatusRequest


class Item(BaseModel):
    """One item of a job."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    key: str
    """Unique within its job."""
    attempt: int = 1
    """How often it has been tried, this time included."""


class RunJob(Message):
    """Run a job from its first pending item on."""

    type: Literal["run_job"] = "run_job"
    job_id: int
    attempt: int
    """Carried by everything that is said about this run; what carries an older one is ignored."""
    action: str
    data: Mapping[str, Any] = Field(default_factory=dict)
    items: tuple[Item, ...]
    """The first batch."""
    more: bool
    """Whether there are items beyond this batch, to be asked for with `need_items`."""


class MoreItems(Message):
    """The answer to `need_items`."""

    type: Literal["more_items"] = "more_items"
    job_id: int
    attempt: int
    items: tuple[Item, ...]
    more: bool


class StopJob(Message):
    """Stop a job at its next item."""

    type: Literal["stop_job"] = "stop_job"
    job_id: int
    attempt: int
    reason: Literal["preempt", "pause", "cancel", "shutdown"]
    deadline: float
    """Seconds until the item that runs is given up."""


ToRunner = Annotated[
    RunJob | MoreItems | StopJob | Shutdown | StatusRequest | JobResult | Error,
    Field(discriminator="type"),
]
