"""Jobs as a running supervisor offers them: the service, and a view that follows every change."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from typing import TYPE_CHECKING, Final

from meshvisor.features.jobs.supervisor import view
from meshvisor.features.jobs.supervisor.ledger import reading
from meshvisor.features.jobs.supervisor.ledger.job import Job, find, iso
from meshvisor.features.jobs.supervisor.live_database import LiveDatabase
from meshvisor.features.jobs.supervisor.service import JobService
from meshvisor.features.jobs.supervisor.why import on_hold
from meshvisor.features.jobs.wordings import GET_NOWHERE
from meshvisor.shared.late import late
from meshvisor.shared.listed import listed
from meshvisor.supervisor.audit.log import AuditLog

if TYPE_CHECKING:
    from meshvisor.features.jobs import results
else:
    results = late("meshvisor.features.jobs.results")

PAUSE: Final = 0.2
"""Seconds at least between two views; people do not read faster."""

MOST_NAMED: Final = 5
"""Jobs that a sentence names."""

SHOWN: Final = 50
"""Jobs in a view; a terminal has no more lines."""


class LiveJobs(JobService):
    """The service of a running supervisor."""

    def __init__(self, database: LiveDatabase, audit: AuditLog) -> None:
        super().__init__(database, audit)
        self._live = database
        self._watchers: set[Callable[[], None]] = set()
        self.loaded = asyncio.Event()
        """Whether the plug-ins of this supervisor have said what they can do."""

    @property
    def problem(self) -> str | None:
        """Why jobs cannot be written at present; None: they can."""
        return self._live.problem

    def notices(self) -> tuple[str, ...]:
        """Return what keeps jobs from getting on and the operator should know of, in sentences."""
        return (*map(on_hold, self._live.holds.all), *_stuck(self._live.stuck()))

    def changed(self, jobs: list[Job]) -> None:
        """Take in that jobs were changed."""
        for watcher in self._watchers:
            watcher()

    async def watch(self, job_id: int | None) -> AsyncGenerator[results.JobsView, None]:
        """Yield what is open now and after each change.

        Args:
            job_id: only this one, until it has ended; None: all.

        Raises:
            UsageError: there is no such job.
        """
        changed = asyncio.Event()
        changed.set()
        self._watchers.add(changed.set)
        try:
            while True:
                await changed.wait()
                changed.clear()
                seen = await self._look(job_id)
                yield seen
                if job_id is not None and seen.jobs[0].finished_at is not None:
                    return
                await asyncio.sleep(PAUSE)
        finally:
            self._watchers.discard(changed.set)

    async def _look(self, job_id: int | None) -> results.JobsView:
        at = iso(self._live.now())
        if job_id is not None:
            job = await self._live.read(lambda db: find(db, job_id))
            return results.JobsView(at=at, jobs=(view.info(job),))
        jobs, count = await self._live.read(lambda db: reading.list_open(db, SHOWN))
        return results.JobsView(at=at, jobs=tuple(map(view.info, jobs)), more=count - len(jobs))


def _stuck(jobs: list[Job]) -> list[str]:
    if not jobs:
        return []
    named = listed([f"{job.id} ({job.action})" for job in jobs], MOST_NAMED)
    return [GET_NOWHERE.said(jobs=named)]
