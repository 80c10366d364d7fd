"""What notifications run in the supervisor.

Owns the composition.  Offers `NotificationService` and, for the job that delivers, `Processing`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from meshvisor.features.fleet.supervisor.manager import FleetManager
from meshvisor.features.jobs import events as job_events
from meshvisor.features.jobs.supervisor.service import JobService
from meshvisor.features.notifications import events as kinds
from meshvisor.features.notifications.actions import PROCESSING
from meshvisor.features.notifications.settings import NotificationSettings, channels_of
from meshvisor.features.notifications.supervisor import archive
from meshvisor.features.notifications.supervisor.alerts import Alerts, all_notices
from meshvisor.features.notifications.supervisor.processing import Processing
from meshvisor.features.notifications.supervisor.service import NotificationService
from meshvisor.features.notifications.wordings import CHANNEL_FAILS
from meshvisor.shared.events.log import Wanted
from meshvisor.shared.events.subscriptions import Batch, Subscription
from meshvisor.shared.settings.model import Settings
from meshvisor.shared.store.store import Store
from meshvisor.supervisor.cleanup_tasks import CleanupTask
from meshvisor.supervisor.kernel import Kernel
from meshvisor.supervisor.reporting import Reporter
from meshvisor.supervisor.service_contract import QuietService, Service

SUBSCRIBER: Final = "notifications.processing"

ADDED: Final = Wanted((kinds.ADDED.name, kinds.RETRIED.name))

ENDS: Final = Wanted(
    tuple(
        kind.name
        for kind in (
            job_events.COMPLETED,
            job_events.FAILED,
            job_events.CANCELLED,
            job_events.DELETED,
            job_events.INTERRUPTED,
            job_events.PAUSED,
            job_events.PREEMPTED,
        )
    ),
    field=("action", PROCESSING),
)
"""When a job that delivers has nothing in its hands any more."""


def make(kernel: Kernel) -> Mapping[str, Service]:
    """Make them; `Feature.services`."""
    service = NotificationService(kernel.store, kernel.audit, kernel.clock, kernel.settings)
    processing = Processing(
        service,
        kernel.services.need(JobService),
        kernel.store,
        kernel.services.need(FleetManager),
    )
    kernel.services.provide(NotificationService, service)
    kernel.services.provide(Processing, processing)

    async def take_in(batch: Batch) -> None:
        await processing.take_in(batch.events)

    kernel.events.subscriptions.add(
        Subscription(SUBSCRIBER, take_in, (ADDED, ENDS), from_the_beginning=True)
    )
    kernel.events.subscriptions.add(Alerts(service, all_notices()).subscription)
    kernel.cleanup.add(_cleanup(kernel.store))
    keeper = Notifications(service, processing)
    kernel.reporting.add(keeper)
    return {"notifications": keeper}


def _cleanup(store: Store) -> CleanupTask:
    return CleanupTask(
        name="notifications",
        what="notifications",
        keep_days=lambda settings: settings.of(NotificationSettings).keep_days,
        count=archive.count,
        export=archive.export,
        remove_these=lambda numbers: store.write(lambda db: archive.remove(db, numbers)),
    )


class Notifications(QuietService, Reporter):
    """Notifications as a service."""

    def __init__(self, service: NotificationService, processing: Processing) -> None:
        self._service = service
        self._processing = processing

    async def start(self) -> None:
        """Take over what was left."""
        await self._processing.start()

    async def run(self) -> None:
        """Have notifications delivered."""
        await self._processing.run()

    def configure(self, settings: Settings) -> None:
        """Take over new settings."""
        self._service.configure(settings)
        self._processing.wake()

    def notices(self) -> Iterable[str]:
        """Return which channels fail."""
        known = channels_of(self._service.settings)
        for name, error in self._processing.failing.items():
            if name in known:
                yield CHANNEL_FAILS.said(name=name, why=error.rstrip("."))

    def problems(self) -> Iterable[str]:
        """Return why nothing is delivered."""
        return () if self._processing.problem is None else (self._processing.problem,)
