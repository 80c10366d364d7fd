"""Requests of the control socket about jobs (docs/cli.md); part of `shared.control.messages`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Final, Literal

from pydantic import AwareDatetime, BeforeValidator, Field

from meshvisor.features.jobs.messages.submission import Submission
from meshvisor.features.jobs.model.job import (
    MAX_ERROR,
    MAX_ITEMS,
    MAX_KEY,
    HoldKind,
    ItemState,
    JobStatus,
    MarkedItem,
    MarkedJob,
    check_action_name,
    check_lane,
    read_priority,
)
from meshvisor.shared.control.request import Request
from meshvisor.shared.model.mesh_id import check_mesh_id
from meshvisor.shared.model.user_id import check_user_id

MAX_LISTED: Final = 1000
"""Jobs or items in one answer, which has to fit into a frame."""

MAX_QUEUED: Final = 100
"""Jobs of a lane in one answer."""

MAX_MARKED: Final = 1000
"""Items that are marked or put back with one request: what others then wait for."""

MAX_AGE: Final = 3650 * 86_400.0
"""Seconds; ten years."""


def _checked(check: Callable[[str], str]) -> BeforeValidator:
    return BeforeValidator(lambda value: check(str(value)))


MeshId = Annotated[str, BeforeValidator(check_mesh_id)]
ActionName = Annotated[str, _checked(check_action_name)]
LaneName = Annotated[str, _checked(check_lane)]
Priority = Annotated[int, BeforeValidator(read_priority)]
MAX_POSITION: Final = 2**53
"""Of an item: far more than a job may have, because jobs of earlier versions have gaps."""

JobId = Annotated[int, Field(ge=1, le=2**53)]
ItemKeys = Annotated[tuple[str, ...], Field(min_length=1, max_length=MAX_MARKED)]
Reason = Annotated[str, Field(min_length=1, max_length=MAX_ERROR)]
UserId = Annotated[str, _checked(check_user_id)]
HoldName = Annotated[str, Field(max_length=MAX_KEY)]
JobIds = Annotated[tuple[JobId, ...], Field(min_length=1, max_length=MAX_LISTED)]


class StageItems(Request):
    """Hand over items that are too many for one request; a later `jobs_submit` uses them.

    They are forgotten after a minute without another request that names them.
    """

    type: Literal["jobs_stage"] = "jobs_stage"
    token: str = Field(min_length=8, max_length=64)
    """Chosen by the client, at random."""
    items: tuple[str, ...] = Field(max_length=MAX_ITEMS)


class SubmitJob(Request):
    """Enqueue a job."""

    type: Literal["jobs_submit"] = "jobs_submit"
    mesh_id: MeshId
    submission: Submission
    staged: str | None = None
    """The token of items that were staged, which come before those of the submission."""
    created_by: UserId | None = None
    """The user on whose behalf it is; None: whoever asks."""


class ListJobs(Request):
    """Jobs that match, newest first."""

    type: Literal["jobs_list"] = "jobs_list"
    statuses: tuple[JobStatus, ...] = ()
    """Empty: any."""
    action: ActionName | None = None
    mesh_id: MeshId | None = None
    lane: LaneName | None = None
    created_by: str | None = None
    target: str | None = None
    before: JobId | None = None
    """The lowest id of the page before; None: the first page."""
    limit: int = Field(50, ge=1, le=MAX_LISTED)


class ShowJob(Request):
    """One job, with its history."""

    type: Literal["jobs_show"] = "jobs_show"
    job_id: JobId


class ListItems(Request):
    """Items of a job, in their order."""

    type: Literal["jobs_items"] = "jobs_items"
    job_id: JobId
    states: tuple[ItemState, ...] = ()
    """Empty: any."""
    after: int = Field(-1, ge=-1, le=MAX_POSITION)
    """The last position of the page before."""
    limit: int = Field(100, ge=1, le=MAX_LISTED)


class WatchJobs(Request):
    """Stream a `JobsView` now and after each change, a few times a second at most."""

    type: Literal["jobs_watch"] = "jobs_watch"
    job_id: JobId | None = None
    """Only this one, until it has ended; None: all that are not finished."""


class PauseJobs(Request):
    """Pause jobs until somebody resumes them; those that run stop at their next item."""

    type: Literal["jobs_pause"] = "jobs_pause"
    job_ids: JobIds
    until: AwareDatetime | None = None
    """When they go on by themselves; None: when somebody resumes them."""


class ResumeJobs(Request):
    """Let paused and interrupted jobs go on when it is their turn."""

    type: Literal["jobs_resume"] = "jobs_resume"
    job_ids: JobIds


class CancelJobs(Request):
    """End jobs for good; those that run stop at their next item."""

    type: Literal["jobs_cancel"] = "jobs_cancel"
    job_ids: JobIds


class RetryJobs(Request):
    """Queue finished jobs anew: their items that are failed or have no outcome."""

    type: Literal["jobs_retry"] = "jobs_retry"
    job_ids: JobIds


class RetryItems(Request):
    """Make single items of a job pending again, and queue it anew where it has ended."""

    type: Literal["jobs_retry_items"] = "jobs_retry_items"
    job_id: JobId
    keys: ItemKeys
    more: bool = False
    """Whether further items of the job follow: it is queued with the last of them."""


class MoveJobs(Request):
    """Give jobs that wait another priority or lane."""

    type: Literal["jobs_move"] = "jobs_move"
    job_ids: JobIds
    priority: Priority | None = None
    """None: as it is."""
    lane: LaneName | None = None
    """None: as it is."""


class MarkJobs(Request):
    """Say by hand how jobs have ended; those that run stop at their next item."""

    type: Literal["jobs_mark"] = "jobs_mark"
    job_ids: JobIds
    status: MarkedJob
    reason: Reason | None = None


class MarkItems(Request):
    """Say by hand what became of items of a job."""

    type: Literal["jobs_mark_items"] = "jobs_mark_items"
    job_id: JobId
    keys: ItemKeys
    state: MarkedItem
    reason: Reason | None = None


class HoldJobs(Request):
    """Keep a lane, a rate key or everything from beginning; what runs stops at its next item."""

    type: Literal["jobs_hold"] = "jobs_hold"
    scope: HoldKind
    name: HoldName = ""
    """Of the lane or rate key; empty: everything."""
    until: AwareDatetime | None = None
    """When it ends by itself; None: with `jobs_release`."""


class ReleaseJobs(Request):
    """End a hold."""

    type: Literal["jobs_release"] = "jobs_release"
    scope: HoldKind
    name: HoldName = ""


class ListHolds(Request):
    """What is on hold."""

    type: Literal["jobs_holds"] = "jobs_holds"


class DeleteJobs(Request):
    """Forget jobs with all that is known of them."""

    type: Literal["jobs_delete"] = "jobs_delete"
    job_ids: JobIds
    force: bool = False
    """Whether one that runs is cancelled first; otherwise it is refused."""


class WhyJob(Request):
    """Why a job does not run, and when it probably will."""

    type: Literal["jobs_why"] = "jobs_why"
    job_id: JobId


class GetJobStats(Request):
    """How many jobs there are in which state."""

    type: Literal["jobs_stats"] = "jobs_stats"


class ListErrors(Request):
    """What went wrong with jobs, newest first; kept for 30 days, whatever becomes of the jobs."""

    type: Literal["jobs_errors"] = "jobs_errors"
    since: float = Field(86_400, gt=0, le=MAX_AGE)
    """Seconds back."""
    action: ActionName | None = None
    """None: all of them."""
    limit: int = Field(100, ge=1, le=MAX_LISTED)


class GetQueue(Request):
    """In which order waiting jobs will run, and which pauses end by themselves."""

    type: Literal["jobs_next"] = "jobs_next"
    lane: LaneName | None = None
    """None: all in which jobs wait."""
    limit: int = Field(20, ge=1, le=MAX_QUEUED)
    """Jobs of each lane."""


class GetDurations(Request):
    """How long jobs of each action took and waited, how many there were, and how they ended."""

    type: Literal["jobs_durations"] = "jobs_durations"
    since: float = Field(86_400, gt=0, le=MAX_AGE)
    """Seconds back, to the full hour."""
    action: ActionName | None = None
    """None: all of them."""


class GetRecovery(Request):
    """Which jobs were interrupted, and what becomes of them."""

    type: Literal["jobs_recovery"] = "jobs_recovery"


class RecoverJobs(Request):
    """Decide about all interrupted jobs at once."""

    type: Literal["jobs_recover"] = "jobs_recover"
    decision: Literal["resume", "cancel"]


class CleanUpJobs(Request):
    """Forget jobs that ended long ago, but never paused or interrupted ones."""

    type: Literal["jobs_cleanup"] = "jobs_cleanup"
    older_than: float | None = Field(None, ge=0, le=MAX_AGE)
    """Seconds since their end; None: as the settings say."""


class ListActions(Request):
    """What the plug-ins offer."""

    type: Literal["jobs_actions"] = "jobs_actions"


JobRequests = (
    StageItems
    | SubmitJob
    | ListJobs
    | ShowJob
    | ListItems
    | WatchJobs
    | PauseJobs
    | ResumeJobs
    | CancelJobs
    | RetryJobs
    | RetryItems
    | MoveJobs
    | MarkJobs
    | MarkItems
    | HoldJobs
    | ReleaseJobs
    | ListHolds
    | DeleteJobs
    | WhyJob
    | GetJobStats
    | GetQueue
    | ListErrors
    | GetDurations
    | GetRecovery
    | RecoverJobs
    | CleanUpJobs
    | ListActions
)
"""All of them."""
