"""`perm_list`: what is decided about commands, and who may use which."""

from __future__ import annotations

from meshvisor.shared.control.messages import ListPermissions
from meshvisor.shared.control.results import PermissionList
from meshvisor.supervisor.control.supervisor_api import DirectoryApi


async def handle(_request: ListPermissions, api: DirectoryApi) -> PermissionList:
    """List."""
    return api.administration.list_permissions()
