"""`audit`: the newest entries of the audit log."""

from __future__ import annotations

from shared.control.messages import GetAudit
from shared.control.results import AuditRecords
from supervisor.control.supervisor_api import SupervisorApi


async def handle(request: GetAudit, supervisor: SupervisorApi) -> AuditRecords:
    """List."""
    return await supervisor.administration.audit(request.limit)
