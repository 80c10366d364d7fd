"""What requests about jobs need: one Protocol, with a running supervisor or without.

Owns the interface only.  Errors are `MeshvisorError`s, whose sentences reach the caller as they
are.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from typing import Literal, Protocol

from shared.control.job_messages import ListItems, ListJobs
from shared.control.job_results import (
    ActionList,
    CleanUpReport,
    ItemList,
    JobList,
    JobOutcomes,
    JobReport,
    JobStats,
    JobsView,
    RecoveryReport,
    Staged,
    SubmittedJob,
    WhyReport,
)
from shared.protocol.submission import Submission
from supervisor.audit.log import Actor


class JobsApi(Protocol):
    """Jobs, as requests see them."""

    async def stage(self, token: str, items: Sequence[str]) -> Staged:
        """Keep items that are too many for one request, for a job that is submitted soon."""
        ...

    async def submit(
        self, mesh_id: str, submission: Submission, actor: Actor, staged: str | None = None
    ) -> SubmittedJob:
        """Enqueue a job; it is on the disk when this returns.

        Args:
            mesh_id: where.
            submission: what is wanted.
            actor: who wants it.
            staged: token of items that come before those of the submission.
        """
        ...

    async def list_jobs(self, request: ListJobs) -> JobList:
        """Return jobs that match, newest first."""
        ...

    async def show(self, job_id: int) -> JobReport:
        """Return a job and its history."""
        ...

    async def list_items(self, request: ListItems) -> ItemList:
        """Return items of a job in their order."""
        ...

    async def pause(self, job_ids: Sequence[int], actor: Actor) -> JobOutcomes:
        """Pause jobs until somebody resumes them."""
        ...

    async def resume(self, job_ids: Sequence[int], actor: Actor) -> JobOutcomes:
        """Let paused and interrupted jobs go on."""
        ...

    async def cancel(self, job_ids: Sequence[int], actor: Actor) -> JobOutcomes:
        """End jobs for good."""
        ...

    async def retry(self, job_ids: Sequence[int], actor: Actor) -> JobOutcomes:
        """Queue finished jobs anew."""
        ...

    async def why(self, job_id: int) -> WhyReport:
        """Say why a job does not run, and when it probably will."""
        ...

    async def stats(self) -> JobStats:
        """Return how many jobs there are in which state."""
        ...

    async def recovery(self) -> RecoveryReport:
        """Return which jobs were interrupted, and what becomes of them."""
        ...

    async def recover(self, decision: Literal["resume", "cancel"], actor: Actor) -> JobOutcomes:
        """Decide about all interrupted jobs."""
        ...

    async def cleanup(self, older_than: float | None, actor: Actor) -> CleanUpReport:
        """Forget jobs that ended so many seconds ago; None: as the settings say."""
        ...

    async def actions(self) -> ActionList:
        """Return what the plug-ins offer."""
        ...


class LiveJobsApi(JobsApi, Protocol):
    """Jobs of a running supervisor."""

    def watch(self, job_id: int | None) -> AsyncGenerator[JobsView, None]:
        """Yield what is open now and after each change; a job's number: until it has ended."""
        ...
