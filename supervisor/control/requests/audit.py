"""`audit`: the newest entries of the audit log."""

from __future__ import annotations

from shared.control.messages import GetAudit
from shared.control.results import AuditRecords
from supervisor.control.supervisor_api import DirectoryApi


async def handle(request: GetAudit, api: DirectoryApi) -> AuditRecords:
    """List."""
    return await api.administration.audit(request.limit)
