"""Schedules without a supervisor, for the same requests as with one; nothing fires meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from meshvisor.features.jobs.supervisor.offline import OfflineDatabase
from meshvisor.features.jobs.supervisor.service import JobService
from meshvisor.features.schedules.supervisor.service import ScheduleService
from meshvisor.shared.clock import Clock
from meshvisor.shared.paths import Home
from meshvisor.shared.settings.model import Settings
from meshvisor.shared.store.store import Store
from meshvisor.supervisor.audit.log import AuditLog
from meshvisor.supervisor.services import Services


@asynccontextmanager
async def open_offline(
    home: Home, settings: Settings, clock: Clock, services: Services
) -> AsyncIterator[None]:
    """Provide them for requests; see `Feature.offline`.

    Raises:
        MeshvisorError: the database cannot be used.
    """
    store = await asyncio.to_thread(Store.open, home.database)
    audit = AuditLog(store, clock)
    try:
        jobs = JobService(OfflineDatabase(store, settings, clock), audit)
        services.provide(
            ScheduleService, ScheduleService(jobs, audit, clock, settings, lambda: None)
        )
        yield
    finally:
        await asyncio.to_thread(store.close)
