"""Workflows without a supervisor, for the same requests as with one; nothing runs meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from meshvisor.features.workflows.supervisor.reading import Executions
from meshvisor.features.workflows.supervisor.rights import Rights
from meshvisor.features.workflows.supervisor.service import WorkflowService
from meshvisor.features.workflows.supervisor.services import DATABASE
from meshvisor.features.workflows.supervisor.templates import Templates
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
        service = WorkflowService(store, AuditLog(store, clock), clock, Rights(services, clock))
        services.provide(WorkflowService, service)
        services.provide(Executions, Executions(home.var / DATABASE))
        services.provide(Templates, Templates(service, clock))
        yield
    finally:
        await asyncio.to_thread(store.close)
