"""What requests of the control socket about jobs return: the JSON that `--json` prints.

Owns the shapes, by the rules of `shared.control.results`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from meshvisor.features.jobs.model.job import EndReason, HoldKind, ItemState, JobStatus, PauseReason
from meshvisor.shared.control.results import Result
from meshvisor.shared.inputs import InputType


class Staged(Result):
    """Answer to `jobs_stage`."""

    items: int
    """Staged under this token so far."""


class JobCounts(Result):
    """Items of a job by what became of them."""

    pending: int
    done: int
    failed: int
    existing: int


class SubmittedJob(Result):
    """Answer to `jobs_submit`."""

    job_id: int
    action: str
    status: JobStatus
    priority: int
    lane: str
    position: int | None
    """Its place in the queue of its lane, 1 for the first; 0: it runs; None: it does not wait."""
    items: int = 0
    duplicate: bool = False
    """Whether it was there already, under the same idempotency key; nothing was enqueued then."""
    repeated_items: int = 0
    """Keys that were given more than once; each is in the job once."""


class KnownJob(SubmittedJob):
    """Answer to `jobs_submit` where the job was there already, under the same idempotency key."""

    differs: tuple[str, ...]
    """In what it is another one than was asked for: of `action`, `mesh`, `target`, `data`, `items`;
    empty: in nothing."""


class JobInfo(Result):
    """One job."""

    job_id: int
    action: str
    status: JobStatus
    priority: int
    lane: str
    position: int | None = None
    """As in `SubmittedJob`; None also in lists, where it is not counted."""
    mesh_id: str
    counts: JobCounts
    attempt: int
    """Tries so far, this one included; 0: none yet."""
    pause_reason: PauseReason | None
    ready: bool = False
    """Whether it waits for nothing but its turn."""
    resume_after: str | None
    """When it goes on by itself; None: it does not, or waits for its turn only."""
    preempted_by: int | None
    error: str | None
    created_by: str
    created_at: str
    updated_at: str
    started_at: str | None = None
    finished_at: str | None = None
    created_name: str = ""
    origin: str = ""
    """`chat`, `command line`, `job`, `schedule` or `workflow`."""
    wanted: str | None = None
    """What it is about to do at its next item: `pause` or `cancel`."""
    key: str | None = None
    """Idempotency key."""
    target: str | None = None
    """To what, or on whose behalf, it is done; None: nothing in particular."""
    deadline: str | None = None
    """By when it has to have ended; None: there is no such moment."""
    expires_at: str | None = None
    """When it fails unless it runs by then; None: it may wait for ever, or waits no more."""
    end_reason: EndReason | None = None
    """Why it has ended, or is about to; None: its action's doing, or it was cancelled."""
    stuck_since: str | None = None
    """Since when it runs without getting anywhere; None: it does get on, or does not run."""


class HistoryEntry(Result):
    """One thing that happened to a job."""

    at: str
    event: str
    """A status, or `log`."""
    reason: str | None
    """A `PauseReason`, the level of a `log`, or None."""
    attempt: int
    detail: str | None


class JobReport(JobInfo):
    """Answer to `jobs_show`."""

    data: Mapping[str, Any] = {}
    options: Mapping[str, float] = {}
    """What was submitted in place of its action's values."""
    history: tuple[HistoryEntry, ...] = ()
    """Oldest first; of very many the newest."""
    place: str | None = None
    """Where in the mesh it was asked for, as its transport names it; None: in the mesh's own room,
    or in none."""
    is_direct: bool = False
    """Whether it was asked for in private: it is spoken of there alone."""


class JobList(Result):
    """Answer to `jobs_list`."""

    jobs: tuple[JobInfo, ...]
    more: bool
    """Whether there are older ones."""


class ItemInfo(Result):
    """One item."""

    position: int
    key: str
    state: ItemState
    result: Any
    error: str | None
    attempt: int
    """In which try of the job it got its state; 0: in none yet."""
    updated_at: str | None


class ItemList(Result):
    """Answer to `jobs_items`."""

    job_id: int
    items: tuple[ItemInfo, ...]
    more: bool


class JobsView(Result):
    """An event of `jobs_watch`."""

    at: str
    jobs: tuple[JobInfo, ...]
    """Active ones first, then those that wait, in the order of their turns."""
    more: int = 0
    """How many further jobs are open."""


class JobOutcome(Result):
    """What became of one job of a request that names several."""

    job_id: int
    status: JobStatus | None
    """None: there is no such job."""
    text: str
    """One sentence."""
    ok: bool


class JobOutcomes(Result):
    """Answer to requests that change jobs: `jobs_pause`, `jobs_move` and the like."""

    jobs: tuple[JobOutcome, ...]


class HoldInfo(Result):
    """One thing that is kept from beginning."""

    scope: HoldKind
    name: str
    """Of the lane or rate key; empty: everything."""
    set_at: str
    until: str | None
    """When it ends by itself; None: when an operator ends it."""
    by: str


class HoldList(Result):
    """Answer to `jobs_hold`, `jobs_release` and `jobs_holds`."""

    holds: tuple[HoldInfo, ...]
    """All that there are now."""
    changed: bool = True
    """Whether the request has changed anything."""


class WhyReport(Result):
    """Answer to `jobs_why`."""

    job_id: int
    status: JobStatus
    reasons: tuple[str, ...]
    """Sentences, the most important one first."""
    position: int | None
    expected_in_seconds: float | None
    """Until it probably runs; 0: it does; None: unknown, or never by itself."""


class JobStats(Result):
    """Answer to `jobs_stats`, in the shape of seed 000."""

    queued: int
    active: int
    paused: int
    total: int
    """Of these three."""
    queuedByPriority: Mapping[int, int]  # noqa: N815 - the seed's spelling
    activeByPriority: Mapping[int, int]  # noqa: N815 - the seed's spelling
    pausedByPriority: Mapping[int, int]  # noqa: N815 - the seed's spelling
    interrupted: int = 0
    paused_for_turn: int = 0
    """Of the paused ones, those that have made room or go on: they wait for their turn alone."""
    completed: int = 0
    failed: int = 0
    cancelled: int = 0
    by_lane: Mapping[str, Mapping[str, int]] = {}
    """Lane to status to number, of jobs that are not finished."""
    holds: tuple[HoldInfo, ...] = ()
    """What is on hold."""


class JobErrorInfo(Result):
    """An attempt that went wrong."""

    at: str
    job_id: int
    action: str
    mesh_id: str
    event: str
    """`failed`, `interrupted`, or `retry` where another attempt follows."""
    attempt: int
    error: str


class ErrorList(Result):
    """Answer to `jobs_errors`."""

    errors: tuple[JobErrorInfo, ...]
    """Newest first."""
    more: bool


class QueuedJob(Result):
    """A job that waits for its turn."""

    place: int
    """1 for the next one of its lane."""
    job_id: int
    action: str
    mesh_id: str
    status: JobStatus
    priority: int
    rank: int
    """Its priority, made more urgent by waiting; the smallest comes first."""
    ready_since: str
    blocked_by: Literal["hold", "rate_limit"] | None
    """What else it waits for; None: nothing."""
    pause_reason: PauseReason | None
    """Why it has stepped back; None: it has not begun yet."""


class LaneQueue(Result):
    """What waits in a lane."""

    lane: str
    concurrency: int
    active: tuple[int, ...]
    """Ids of jobs that run."""
    has_more_urgent: bool
    """Whether a job that could run is more urgent than one that does."""
    jobs: tuple[QueuedJob, ...]
    """In the order in which they will run as things are; blocked ones come last."""


class ReturningJob(Result):
    """A job whose pause ends by itself."""

    job_id: int
    action: str
    lane: str
    status: JobStatus
    pause_reason: PauseReason | None
    resume_after: str


class QueueReport(Result):
    """Answer to `jobs_next`."""

    lanes: tuple[LaneQueue, ...]
    returning: tuple[ReturningJob, ...]
    """The next one first."""


class DurationStats(Result):
    """Durations in seconds; percentiles are right to five per cent."""

    mean: float
    p50: float
    p95: float
    max: float


class ActionStats(Result):
    """The jobs of one action that ended in a time."""

    action: str
    count: int
    completed: int
    failed: int
    cancelled: int
    success_rate: float | None
    """Completed ones among those that were not cancelled, 0 to 1; None: there are none."""
    failure_rate: float | None
    per_hour: float
    items: int
    """That have an outcome."""
    failed_items: int
    items_per_hour: float
    duration_seconds: DurationStats | None
    """From the first start to the end, pauses included, without cancelled ones; None: none ran."""
    wait_seconds: DurationStats | None
    """From the submission to the first start."""


class DurationReport(Result):
    """Answer to `jobs_durations`."""

    since: str
    until: str
    actions: tuple[ActionStats, ...]
    """By their names."""


class InterruptedJob(Result):
    """A job that was interrupted by a crash."""

    job_id: int
    action: str
    mesh_id: str
    created_by: str
    counts: JobCounts
    interrupted_at: str
    resume_after: str | None
    """When it goes on by itself; None: it waits for its turn already."""
    asked: bool
    """Whether the question has been put in the mesh's chat."""
    created_name: str | None = None
    """What people call its creator; None: unknown."""


class RecoveryReport(Result):
    """Answer to `jobs_recovery`."""

    interrupted: tuple[InterruptedJob, ...]
    auto_resume_after: float
    """Seconds; the setting."""
    waiting: Mapping[str, int]
    """Other jobs that come back by themselves, by pause reason."""


class CleanUpReport(Result):
    """Answer to `jobs_cleanup`."""

    removed: int


class ActionInput(Result):
    """One input of an action."""

    type: InputType
    required: bool = False
    """Whether it has to be given; one with a default never has to be."""
    default: Any = None
    """Its value where none is given; None: it has none."""
    description: str = ""
    choices: tuple[Any, ...] | None = None
    """The values that it may have; None: all of its type."""


class ActionInfo(Result):
    """One action."""

    name: str
    priority: int
    lane: str
    retries: int
    retry_delay: float
    timeout: float | None
    item_timeout: float
    rate_limit: str
    source: str
    """Module of the plug-in, or `built in`."""
    needs_mesh: bool
    dry_run: bool
    """Whether it can say what it would do, and do nothing."""
    description: str = ""
    """What it does, in one sentence; empty: it does not say."""
    items: str | None = None
    """What its items are; empty: its jobs take none; None: it does not say."""
    inputs: Mapping[str, ActionInput] | None = None
    """What its jobs may be given as data, by name; None: it does not say, anything."""


class ActionList(Result):
    """Answer to `jobs_actions`."""

    actions: tuple[ActionInfo, ...]
