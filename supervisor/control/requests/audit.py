"""`audit`: the newest entries of the audit log."""

from __future__ import annotations

from meshvisor.shared.control.messages import GetAudit
from meshvisor.shared.control.results import AuditRecords
from meshvisor.supervisor.control.supervisor_api import DirectoryApi


async def handle(request: GetAudit, api: DirectoryApi) -> AuditRecords:
    """List."""
    return await api.administration.audit(request.limit)
