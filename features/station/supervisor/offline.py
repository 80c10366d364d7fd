"""The station without a supervisor, for the same requests as with one."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from meshvisor.features.station.supervisor.station import Station
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
    """Provide it for requests; see `Feature.offline`.

    Raises:
        MeshvisorError: the database cannot be used.
    """
    store = await asyncio.to_thread(Store.open, home.database)
    try:
        Station(store, AuditLog(store, clock), clock, settings).provide(services)
        yield
    finally:
        await asyncio.to_thread(store.close)
