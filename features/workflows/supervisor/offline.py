"""Workflows without a supervisor, for the same requests as with one; nothing runs meanwhile."""

from __future__ import annotations

from meshvisor.features.workflows.supervisor.reading import Executions
from meshvisor.features.workflows.supervisor.rights import Rights
from meshvisor.features.workflows.supervisor.service import WorkflowService
from meshvisor.features.workflows.supervisor.services import DATABASE
from meshvisor.features.workflows.supervisor.templates import Templates
from meshvisor.supervisor.control.offline import OfflineHome


async def open_offline(opened: OfflineHome) -> None:
    """Provide them for requests; see `Feature.offline`."""
    services, clock = opened.services, opened.clock
    service = WorkflowService(
        await opened.database.opened(), opened.audit, clock, Rights(services, clock)
    )
    services.provide(WorkflowService, service)
    services.provide(Executions, Executions(opened.home.var / DATABASE))
    services.provide(Templates, Templates(service, clock))
