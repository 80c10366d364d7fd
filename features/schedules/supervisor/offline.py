"""Schedules without a supervisor, for the same requests as with one; nothing fires meanwhile."""

from __future__ import annotations

from meshvisor.features.jobs.supervisor.offline import OfflineDatabase
from meshvisor.features.jobs.supervisor.service import JobService
from meshvisor.features.schedules.supervisor.service import ScheduleService
from meshvisor.supervisor.control.offline import OfflineHome


async def open_offline(opened: OfflineHome) -> None:
    """Provide them for requests; see `Feature.offline`."""
    database = OfflineDatabase(await opened.database.opened(), opened.settings, opened.clock)
    service = ScheduleService(
        JobService(database, opened.audit),
        opened.audit,
        opened.clock,
        opened.settings,
        lambda: None,
    )
    opened.services.provide(ScheduleService, service)
