"""`refresh`: read credentials, admins and permissions anew and tell all workers."""

from __future__ import annotations

from meshvisor.shared.control.messages import Refresh
from meshvisor.shared.control.results import RefreshReport
from meshvisor.supervisor.audit.log import Actor
from meshvisor.supervisor.control.supervisor_api import DirectoryApi


async def handle(_request: Refresh, api: DirectoryApi, actor: Actor) -> RefreshReport:
    """Read anew."""
    return await api.administration.refresh(actor)
