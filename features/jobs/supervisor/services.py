"""What jobs run in the supervisor.

Owns the composition.  Offers `LiveJobs` and `JobService`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from meshvisor.features.access.supervisor.people import People
from meshvisor.features.fleet.supervisor.manager import FleetManager
from meshvisor.features.jobs.messages.requests import JobRequest, JobResult
from meshvisor.features.jobs.supervisor.jobs import Jobs, JobsParts
from meshvisor.features.jobs.supervisor.live import LiveJobs
from meshvisor.features.jobs.supervisor.service import JobService
from meshvisor.supervisor.kernel import Kernel
from meshvisor.supervisor.reporting import Reporter
from meshvisor.supervisor.service_contract import Service


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
    fleet.listen(lambda: jobs.rooms_changed(fleet.records))
    kernel.reporting.add(JobsReporter(jobs.service))
    kernel.replace_children.append(jobs.replace_runners)
    return {"jobs": jobs}


class JobsReporter(Reporter):
    """What `status` shows of jobs."""

    def __init__(self, jobs: LiveJobs) -> None:
        self._jobs = jobs

    def notices(self) -> Iterable[str]:
        """Return what is on hold, and jobs that get nowhere."""
        return self._jobs.notices()

    def supervisor_fields(self) -> Mapping[str, Any]:
        """Return why jobs cannot be written at present."""
        return {"jobs_problem": self._jobs.problem}
