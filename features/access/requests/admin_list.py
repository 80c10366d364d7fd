"""`admin_list`: everybody who is or was an admin."""

from __future__ import annotations

from meshvisor.shared.control.messages import ListAdmins
from meshvisor.shared.control.results import AdminList
from meshvisor.supervisor.control.supervisor_api import DirectoryApi


async def handle(request: ListAdmins, api: DirectoryApi) -> AdminList:
    """List one page."""
    return api.administration.list_admins(request.after)
