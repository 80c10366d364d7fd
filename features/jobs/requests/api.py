"""What the control socket needs from jobs: two Protocols; `features.jobs.supervisor` has them.

Owns the interface only.  `JobsApi` also works while no supervisor runs; `LiveJobsApi` is what a
running one adds.

Whatever a method cannot do because of the caller it says with a `MeshvisorError`, whose message
and exit code reach the caller as they are.  Methods that take several ids never raise for one of
them: each has an outcome of its own.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from datetime import datetime
from typing import Literal, Protocol

from meshvisor.features.jobs.messages.submission import Submission
from meshvisor.features.jobs.model.job import HoldKind, MarkedJob
from meshvisor.features.jobs.requests.models import ListItems, ListJobs, MarkItems, RetryItems
from meshvisor.features.jobs.results import (
    ActionList,
    CleanUpReport,
    DurationReport,
    ErrorList,
    HoldList,
    ItemList,
    JobList,
    JobOutcomes,
    JobReport,
    JobStats,
    JobsView,
    QueueReport,
    RecoveryReport,
    Staged,
    SubmittedJob,
    WhyReport,
)
from meshvisor.supervisor.audit.log import Actor


class JobsApi(Protocol):
    """Jobs, with a running supervisor or without."""

    async def stage(self, token: str, items: Sequence[str]) -> Staged:
        """Keep items under `token` for a `submit` that comes soon.

        Raises:
            UsageError: they are too many, or too many others do the same.
        """
        ...

    async def submit(
        self,
        mesh_id: str,
        submission: Submission,
        actor: Actor,
        staged: str | None = None,
        created_by: str | None = None,
    ) -> SubmittedJob:
        """Enqueue a job; under a key that is known it is the one that is there already.

        Args:
            mesh_id: where its messages go.
            submission: what is wanted.
            actor: who asks, for the audit log and as the job's creator.
            staged: token of items that come before those of the submission; None: there are none.
            created_by: the user on whose behalf it is; None: the actor's own.

        Raises:
            UsageError: it cannot be; nothing was written.
        """
        ...

    async def list_jobs(self, request: ListJobs) -> JobList:
        """Return one page of the jobs that match, newest first."""
        ...

    async def show(self, job_id: int) -> JobReport:
        """Return one job and its history; `UsageError`: there is none."""
        ...

    async def list_items(self, request: ListItems) -> ItemList:
        """Return one page of a job's items in their order; `UsageError`: there is no such job."""
        ...

    async def pause(
        self, job_ids: Sequence[int], actor: Actor, until: datetime | None = None
    ) -> JobOutcomes:
        """Pause jobs until a moment; None: until somebody resumes them."""
        ...

    async def resume(self, job_ids: Sequence[int], actor: Actor) -> JobOutcomes:
        """Let paused and interrupted jobs go on when it is their turn."""
        ...

    async def cancel(self, job_ids: Sequence[int], actor: Actor) -> JobOutcomes:
        """End jobs for good."""
        ...

    async def retry(self, job_ids: Sequence[int], actor: Actor) -> JobOutcomes:
        """Queue finished jobs anew."""
        ...

    async def retry_items(self, request: RetryItems, actor: Actor) -> JobOutcomes:
        """Make items of a job pending again, and queue it anew where it has ended."""
        ...

    async def move(
        self, job_ids: Sequence[int], priority: int | None, lane: str | None, actor: Actor
    ) -> JobOutcomes:
        """Give jobs that wait another priority or lane; `UsageError`: neither is said."""
        ...

    async def mark(
        self,
        job_ids: Sequence[int],
        status: MarkedJob,
        reason: str | None,
        actor: Actor,
    ) -> JobOutcomes:
        """Say by hand how jobs have ended."""
        ...

    async def mark_items(self, request: MarkItems, actor: Actor) -> JobOutcomes:
        """Say by hand what became of items of a job."""
        ...

    async def hold(
        self, scope: HoldKind, name: str, until: datetime | None, actor: Actor
    ) -> HoldList:
        """Keep a lane, a rate key or everything from beginning."""
        ...

    async def release(self, scope: HoldKind, name: str, actor: Actor) -> HoldList:
        """End a hold."""
        ...

    async def holds(self) -> HoldList:
        """Return what is on hold."""
        ...

    async def delete(self, job_ids: Sequence[int], force: bool, actor: Actor) -> JobOutcomes:
        """Forget jobs with all that is known of them.

        Args:
            job_ids: which ones.
            force: whether one that runs is cancelled first; otherwise it is refused.
            actor: who wants it.
        """
        ...

    async def why(self, job_id: int) -> WhyReport:
        """Say why a job does not run, and when it will; `UsageError`: there is none."""
        ...

    async def stats(self) -> JobStats:
        """Return how many jobs there are in which state."""
        ...

    async def queue(self, lane: str | None, limit: int) -> QueueReport:
        """Return in which order waiting jobs will run; None: of all lanes."""
        ...

    async def errors(self, since: float, action: str | None, limit: int) -> ErrorList:
        """Return what went wrong with jobs in so many seconds, newest first; None: all actions."""
        ...

    async def durations(self, since: float, action: str | None) -> DurationReport:
        """Return how long jobs took and waited that ended in so many seconds; None: all actions."""
        ...

    async def recovery(self) -> RecoveryReport:
        """Return which jobs were interrupted, and what becomes of them."""
        ...

    async def recover(self, decision: Literal["resume", "cancel"], actor: Actor) -> JobOutcomes:
        """Decide about all interrupted jobs."""
        ...

    async def cleanup(self, older_than: float | None, actor: Actor) -> CleanUpReport:
        """Forget jobs that ended at least so many seconds ago; None: as the settings say."""
        ...

    async def actions(self) -> ActionList:
        """Return what the plug-ins offer."""
        ...


class LiveJobsApi(JobsApi, Protocol):
    """Jobs of a running supervisor."""

    def watch(self, job_id: int | None) -> AsyncGenerator[JobsView, None]:
        """Yield how jobs are, now and after each change, a few times a second at most.

        Args:
            job_id: only this one, until it has ended; None: all that are open, until the generator
                is closed.

        Raises:
            UsageError: there is no such job.
        """
        ...
