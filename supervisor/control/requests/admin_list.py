"""`admin_list`: everybody who is or was an admin."""

from __future__ import annotations

from shared.control.messages import ListAdmins
from shared.control.results import AdminList
from supervisor.control.supervisor_api import SupervisorApi


async def handle(_request: ListAdmins, supervisor: SupervisorApi) -> AdminList:
    """List."""
    return supervisor.administration.list_admins()
