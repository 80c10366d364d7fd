"""Messages from the supervisor to a job runner (docs/architecture.md, Messages).

A runner serves one lane and may run several jobs at a time.  Whatever is said about a job carries
its `job_id` and its `run`: a number that grows each time the job is handed to a runner, so that
what is said of an earlier run changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final, Literal

import msgspec

from meshvisor.features.jobs.messages.requests import JobResult
from meshvisor.shared.protocol.directions import Direction
from meshvisor.shared.protocol.messages import Error, Message
from meshvisor.shared.protocol.parts import Part, nothing, written
from meshvisor.shared.protocol.to_worker import Shutdown, StatusRequest

StopReason = Literal["preempt", "pause", "cancel", "shutdown"]


class Item(Part, kw_only=False):
    """One item of a job; made by position, because there may be very many."""

    position: int
    """Its place in the job, from 0; what is said about the item names it by this."""
    key: str
    """Unique within its job."""


class RunJob(Message, tag="run_job"):
    """Run a job from its first pending item on.  `mesh_id` of the envelope is the job's mesh."""

    job_id: int
    run: int
    attempt: int
    """Tries so far, this one included; a try that was preempted or paused goes on as the same."""
    action: str
    data: Mapping[str, Any] = msgspec.field(default_factory=nothing)
    created_by: str = written("")
    created_at: int = written(0)
    """Milliseconds since 1970; with the number of the job it names it among those of all homes."""
    total: int = written(0)
    """Items of the job, with those that have an outcome already."""
    items: tuple[Item, ...] = written(())
    """The first batch."""
    more: bool = written(False)
    """Whether there are items beyond this batch, to be asked for with `need_items`."""
    target: str | None = None
    """To what, or on whose behalf, it is done; None: nothing in particular."""
    rate_limit_ms: int | None = None
    """Milliseconds of a rate limit that does not say how long it is; None: a minute."""
    one_by_one: int | None = None
    """Items up to this position are handed to the action one at a time: a runner hung or died while
    several were open, at an unknown one of them.  None: no such thing."""
    state: Any = None
    """What the action has kept at a checkpoint; None: nothing."""

    def foreign(self) -> Iterable[object]:
        """Return what plug-ins have given."""
        return self.data, self.state


class MoreItems(Message, tag="more_items"):
    """The answer to `need_items`."""

    job_id: int
    run: int
    items: tuple[Item, ...]
    more: bool


class StopJob(Message, tag="stop_job"):
    """Stop a job at its next item."""

    job_id: int
    run: int
    reason: StopReason
    deadline: float
    """Seconds until the item that runs is given up."""


TO_RUNNER: Final = Direction(
    "to_runner", RunJob, MoreItems, StopJob, Shutdown, StatusRequest, JobResult, Error
)
