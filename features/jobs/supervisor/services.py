"""What jobs run in the supervisor.

Owns the composition.  Offers `LiveJobs` and `JobService`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Any, Final

from meshvisor.features.access.supervisor.people import People
from meshvisor.features.fleet.supervisor.manager import FleetManager
from meshvisor.features.fleet.supervisor.worker import WorkerProcess
from meshvisor.features.jobs.messages.requests import JobRequest, JobResult
from meshvisor.features.jobs.settings import JobSettings
from meshvisor.features.jobs.supervisor.jobs import Jobs, JobsParts
from meshvisor.features.jobs.supervisor.ledger import archive
from meshvisor.features.jobs.supervisor.live import LiveJobs
from meshvisor.features.jobs.supervisor.service import JobService
from meshvisor.features.jobs.wordings import NOT_WRITTEN
from meshvisor.shared.protocol.from_worker import ProgressSent
from meshvisor.shared.protocol.messages import Message
from meshvisor.supervisor.cleanup_tasks import CleanupTask
from meshvisor.supervisor.kernel import Kernel
from meshvisor.supervisor.reporting import Reporter
from meshvisor.supervisor.service_contract import Service

DAY: Final = 86_400.0
"""Seconds."""


def make(kernel: Kernel) -> Mapping[str, Service]:
    """Make them; `Feature.services`."""
    fleet = kernel.services.need(FleetManager)
    jobs = Jobs(
        kernel.settings,
        JobsParts(
            store=kernel.store,
            audit=kernel.audit,
            spawner=kernel.spawner,
            heartbeats=kernel.heartbeats,
            slots=kernel.slots,
            clock=kernel.clock,
            rooms=fleet.rooms,
            people=kernel.services.need(People),
            attach_log=kernel.logs.attach,
            can_dump=kernel.can_dump,
        ),
    )
    kernel.services.provide(LiveJobs, jobs.service)
    kernel.events.subscriptions.add(jobs.subscription)
    kernel.services.provide(JobService, jobs.service)
    kernel.room_answers.add(
        JobRequest, jobs.answer_chat, lambda text: JobResult(ok=False, text=text)
    )
    fleet.watch(ProgressSent, partial(_hand_on_progress, jobs))
    fleet.listen(lambda: jobs.rooms_changed(fleet.records))
    kernel.reporting.add(JobsReporter(jobs.service))
    kernel.replace_children.append(jobs.replace_runners)
    _offer_cleanup(kernel, jobs.service)
    return {"jobs": jobs}


def _hand_on_progress(jobs: Jobs, process: WorkerProcess, message: Message) -> None:
    assert isinstance(message, ProgressSent)
    jobs.progress_sent(process.mesh_id, message)


def _offer_cleanup(kernel: Kernel, jobs: JobService) -> None:
    async def remove_archived(job_ids: Sequence[int | str]) -> int:
        await jobs.count()
        removed = await jobs.transact(lambda db, _transaction: archive.hide(db, job_ids))
        await jobs.forget_deleted()
        return removed

    kernel.cleanup.add(
        CleanupTask(
            name="ended-jobs",
            what="jobs that have ended",
            keep_days=lambda settings: settings.of(JobSettings).archive_after / DAY,
            count=archive.count,
            export=archive.export,
            remove_these=remove_archived,
        )
    )
    kernel.cleanup.add(
        CleanupTask(
            name="orphaned-job-rows",
            what="rows of jobs that there are not",
            # Those that there are now: no row comes before its job.
            keep_days=lambda _settings: 1,
            count=archive.count_orphans,
            remove=lambda _before, limit: jobs.transact(
                lambda db, _transaction: archive.remove_orphans(db, limit)
            ),
        )
    )


class JobsReporter(Reporter):
    """What `status` shows of jobs."""

    def __init__(self, jobs: LiveJobs) -> None:
        self._jobs = jobs

    def notices(self) -> Iterable[str]:
        """Return what is on hold, and jobs that get nowhere."""
        return self._jobs.notices()

    def problems(self) -> Iterable[str]:
        """Return why jobs cannot be written at present."""
        problem = self._jobs.problem
        return () if problem is None else (NOT_WRITTEN.said(why=problem),)

    def supervisor_fields(self) -> Mapping[str, Any]:
        """Return why jobs cannot be written at present."""
        return {"jobs_problem": self._jobs.problem}
