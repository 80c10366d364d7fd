"""What reports run in the supervisor: a subscriber that counts.

Owns the composition.  Offers `ReportService`.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from functools import partial
from typing import Final
from zoneinfo import ZoneInfo

from meshvisor.features.reports.model.days import day_of
from meshvisor.features.reports.settings import ReportSettings
from meshvisor.features.reports.supervisor import counting
from meshvisor.features.reports.supervisor.service import ReportService
from meshvisor.features.schedules.settings import SchedulingSettings
from meshvisor.shared.events.log import Wanted
from meshvisor.shared.events.subscriptions import Batch, Subscription
from meshvisor.shared.settings.model import Settings
from meshvisor.supervisor.cleanup_tasks import CleanupTask
from meshvisor.supervisor.kernel import Kernel
from meshvisor.supervisor.service_contract import QuietService, Service

SUBSCRIBER: Final = "reports.figures"

PAUSE: Final = 2.0
"""Seconds between two looks at what has happened: figures of a day are no news, and each look at a
worker that is replaced or a job that ends costs as much as a hundred of them."""

COUNTED: Final = (*counting.STATES, "mesh.usage", *counting.JOB_ENDS)
"""Kinds of events that are counted always."""

IN_ROOMS: Final = ("message.received", "user.joined")
"""Kinds of events for which all bots have to report what happens in their rooms."""


def make(kernel: Kernel) -> Mapping[str, Service]:
    """Make them; `Feature.services`."""
    service = ReportService(kernel.store, kernel.clock, kernel.settings)
    kernel.services.provide(ReportService, service)
    rooms = IN_ROOMS if kernel.settings.of(ReportSettings).count_rooms else ()
    wanted = Wanted((*COUNTED, *rooms))
    kernel.events.subscriptions.add(
        Subscription(
            SUBSCRIBER, partial(count, service), (wanted,), from_the_beginning=True, pause=PAUSE
        )
    )
    kernel.cleanup.add(
        CleanupTask(
            name="report-figures",
            what="figures of days",
            keep_days=lambda settings: settings.of(ReportSettings).keep_days,
            count=lambda db, before: counting.count_outdated(db, day_of(before, service.zone)),
            remove=service.forget,
        )
    )
    return {"reports": Reports(service)}


class Reports(QuietService):
    """The service as one of the supervisor."""

    def __init__(self, service: ReportService) -> None:
        self._service = service

    def configure(self, settings: Settings) -> None:
        """Take over new settings."""
        self._service.settings = settings


async def count(service: ReportService, batch: Batch) -> None:
    """Count events, together with the subscriber's cursor."""
    zone = ZoneInfo(service.settings.of(SchedulingSettings).timezone)

    def work(db: sqlite3.Connection) -> None:
        counting.Counter(db, zone).take_in(batch.events)

    await batch.save(work)
