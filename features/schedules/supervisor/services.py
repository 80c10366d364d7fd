"""What schedules run in the supervisor: their timer.

Owns the composition.  Offers `ScheduleService`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Iterable, Mapping
from contextlib import suppress
from typing import Final

from meshvisor.features.jobs import events as job_events
from meshvisor.features.jobs.supervisor.live import LiveJobs
from meshvisor.features.jobs.supervisor.service import JobService
from meshvisor.features.schedules.settings import SchedulingSettings
from meshvisor.features.schedules.supervisor import endings, ledger
from meshvisor.features.schedules.supervisor.ledger import ORIGIN
from meshvisor.features.schedules.supervisor.service import ScheduleService
from meshvisor.features.schedules.supervisor.timer import Timer
from meshvisor.features.schedules.wordings import CANNOT_RUN, MANY_CANNOT_RUN
from meshvisor.shared.events.log import Wanted
from meshvisor.shared.events.subscriptions import Batch, Subscription
from meshvisor.shared.listed import listed
from meshvisor.shared.settings.model import Settings
from meshvisor.supervisor.cleanup_tasks import CleanupTask
from meshvisor.supervisor.kernel import Kernel
from meshvisor.supervisor.reporting import Reporter
from meshvisor.supervisor.service_contract import QuietService, Service

PLUG_INS_TIMEOUT: Final = 30.0
"""Seconds that plug-ins have to be loaded before schedules fire without them."""

SUBSCRIBER: Final = "schedules.runs"

MOST_NAMED: Final = 5
"""Schedules that a sentence names."""

ENDS: Final = Wanted(
    tuple(
        kind.name
        for kind in (
            job_events.COMPLETED,
            job_events.FAILED,
            job_events.CANCELLED,
            job_events.DELETED,
        )
    ),
    field=("origin", ORIGIN),
)
"""How jobs of schedules end."""


def make(kernel: Kernel) -> Mapping[str, Service]:
    """Make them; `Feature.services`."""
    jobs = kernel.services.need(JobService)
    timer = Timer(jobs, kernel.settings, kernel.clock)
    service = ScheduleService(jobs, kernel.audit, kernel.clock, kernel.settings, timer.changed)
    kernel.services.provide(ScheduleService, service)
    keeper = Schedules(timer, service, kernel.services.need(LiveJobs).loaded)
    kernel.events.subscriptions.add(
        Subscription(SUBSCRIBER, keeper.take_in, (ENDS,), from_the_beginning=True)
    )
    kernel.cleanup.add(
        CleanupTask(
            name="run-logs",
            what="runs of schedules",
            keep_days=lambda settings: settings.of(SchedulingSettings).keep_history_days,
            count=ledger.count_outdated,
            remove=lambda before, _limit: jobs.transact(
                lambda db, _transaction: ledger.remove_outdated(db, before)
            ),
        )
    )
    kernel.reporting.add(keeper)
    return {"schedules": keeper}


class Schedules(QuietService, Reporter):
    """The timer as a service."""

    def __init__(self, timer: Timer, service: ScheduleService, loaded: asyncio.Event) -> None:
        self._timer = timer
        self._service = service
        self._loaded = loaded
        self._ended: Callable[[str], None] = lambda name: None

    def listen(self, ended: Callable[[str], None]) -> None:
        """Have `ended` called with the name of a schedule of which a job has ended."""
        self._ended = ended

    async def take_in(self, batch: Batch) -> None:
        """Note how runs have ended, and have those run that wait for it."""
        for name in await take_in(self._timer, batch):
            self._ended(name)

    async def run(self) -> None:
        """Have schedules fire, once it is known which actions there are."""
        # A time that has come before would be skipped for want of its action.
        with suppress(TimeoutError):
            async with asyncio.timeout(PLUG_INS_TIMEOUT):
                await self._loaded.wait()
        await self._timer.run()

    def configure(self, settings: Settings) -> None:
        """Take over new settings."""
        self._service.configure(settings)
        self._timer.configure(settings)

    def problems(self) -> Iterable[str]:
        """Return why schedules wait."""
        return () if self._timer.problem is None else (self._timer.problem,)

    def notices(self) -> Iterable[str]:
        """Return which schedules cannot run."""
        found = self._timer.cannot_run()
        if found.count == 1:
            ((name, why),) = found.examples.items()
            yield CANNOT_RUN.said(name=name, why=why)
        elif found.count:
            named = listed(list(found.examples), MOST_NAMED)
            yield MANY_CANNOT_RUN.said(count=found.count, names=named)


async def take_in(timer: Timer, batch: Batch) -> Collection[str]:
    """Do `Schedules.take_in`, and return the names of the schedules."""
    names: Collection[str] = await batch.save(lambda db: endings.note_ends(db, batch.events))
    timer.ended(names)
    return names
