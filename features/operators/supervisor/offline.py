"""Operators without a supervisor, for the same requests as with one."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from meshvisor.features.operators.supervisor.service import OperatorService
from meshvisor.shared.clock import Clock
from meshvisor.shared.paths import Home
from meshvisor.shared.settings.model import Settings
from meshvisor.shared.store.store import Store
from meshvisor.supervisor.audit.log import AuditLog
from meshvisor.supervisor.services import Services


@asynccontextmanager
async def open_offline(
    home: Home, _settings: Settings, clock: Clock, services: Services
) -> AsyncIterator[None]:
    """Provide them for requests; see `Feature.offline`.

    Raises:
        MeshvisorError: the database cannot be used.
    """
    store = await asyncio.to_thread(Store.open, home.database)
    try:
        service = OperatorService(store, AuditLog(store, clock), clock)
        services.provide(OperatorService, service)
        yield
    finally:
        await asyncio.to_thread(store.close)
