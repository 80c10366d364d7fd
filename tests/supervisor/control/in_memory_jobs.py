"""Jobs that are not run, in a real database, and views of them as a test has written them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

from meshvisor.features.jobs.model.action import ActionSpec
from meshvisor.features.jobs.model.job import JobStatus
from meshvisor.features.jobs.results import JobCounts, JobInfo, JobsView
from meshvisor.features.jobs.supervisor.action_registry import ActionRegistry
from meshvisor.features.jobs.supervisor.ledger import housekeeping
from meshvisor.features.jobs.supervisor.offline import OfflineDatabase
from meshvisor.features.jobs.supervisor.service import JobService
from meshvisor.shared.clock import Clock, SystemClock
from meshvisor.shared.paths import Home
from meshvisor.shared.settings.model import default_settings
from meshvisor.shared.store.store import Store
from meshvisor.supervisor.audit.log import AuditLog

ACTIONS: Final = ActionRegistry(
    (
        ActionSpec("addplayer", lane="game-api", source="games"),
        ActionSpec("notifications", retries=0, timeout=90.0, source="games"),
    )
)

MESHES: Final = ("lobby", "cinema", "room-0")

EPOCH: Final = "2026-03-01T12:00:00.000+00:00"


def moment(seconds: float) -> str:
    """Return so many seconds after noon."""
    return f"2026-03-01T12:{int(seconds // 60):02}:{seconds % 60:06.3f}+00:00"


def counts(pending: int = 0, done: int = 0, failed: int = 0, existing: int = 0) -> JobCounts:
    """Return what became of items."""
    return JobCounts(pending=pending, done=done, failed=failed, existing=existing)


def info(job_id: int = 42, status: str = "active", **changes: Any) -> JobInfo:
    """Return a job of 500 items, 42 % of which have an outcome."""
    values: dict[str, Any] = {
        "action": "addplayer",
        "priority": 2,
        "lane": "game-api",
        "mesh_id": "lobby",
        "counts": counts(pending=290, done=198, failed=2, existing=10),
        "attempt": 1,
        "pause_reason": None,
        "resume_after": None,
        "preempted_by": None,
        "error": None,
        "created_by": "953371",
        "created_name": "ann",
        "created_at": EPOCH,
        "updated_at": EPOCH,
        "origin": "chat",
        "ready": status == "queued",
    }
    return JobInfo(job_id=job_id, status=JobStatus(status), **{**values, **changes})


def at_work(done: int, job_id: int = 1, total: int = 100) -> JobInfo:
    """Return a job of some items, so many of which are done."""
    is_over = done == total
    return info(
        job_id,
        "completed" if is_over else "active",
        counts=counts(pending=total - done, done=done),
        finished_at=moment(60) if is_over else None,
    )


def run_of_one(waiting: tuple[JobInfo, ...] = ()) -> list[JobsView]:
    """Return what is seen of job 1 from its first item to its last, one item a second."""
    return [JobsView(at=moment(n), jobs=(at_work(n), *waiting)) for n in range(101)]


class InMemoryJobs(JobService):
    """As those of a running supervisor (`features.jobs.supervisor.live`).

    Attributes:
        views: the views, in this order and without a pause.
        watchers: how many look.
    """

    def __init__(self, store: Store, clock: Clock) -> None:
        super().__init__(OfflineDatabase(store, default_settings(), clock), AuditLog(store, clock))
        self.store = store
        self.views: list[JobsView] = []
        self.watchers = 0

    async def watch(self, job_id: int | None) -> AsyncGenerator[JobsView, None]:
        """Yield the views; those of all jobs have no end."""
        if job_id is not None:
            await self.show(job_id)
        self.watchers += 1
        try:
            for view in self.views:
                jobs = tuple(job for job in view.jobs if job_id in {None, job.job_id})
                yield view.model_copy(update={"jobs": jobs})
            if job_id is None:
                await asyncio.Event().wait()
        finally:
            self.watchers -= 1


def prepare(home: Home) -> None:
    """Let a home know actions and meshes, as a supervisor has that ran there."""
    store = Store.open(home.database)
    store.write_now(lambda db: housekeeping.keep_actions(db, ACTIONS.kept()))
    store.write_now(lambda db: housekeeping.keep_meshes(db, MESHES))
    store.close()


@asynccontextmanager
async def in_memory_jobs(home: Home, clock: Clock | None = None) -> AsyncIterator[InMemoryJobs]:
    """Have jobs in the database of a home."""
    prepare(home)
    store = Store.open(home.database, clock=clock)
    try:
        yield InMemoryJobs(store, clock or SystemClock())
    finally:
        await asyncio.to_thread(store.close)
