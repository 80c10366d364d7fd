"""`perm_set`: decide who may use a command."""

from __future__ import annotations

from meshvisor.shared.control.messages import SetPermission
from meshvisor.shared.control.results import PermissionOutcome
from meshvisor.supervisor.audit.log import Actor
from meshvisor.supervisor.control.supervisor_api import DirectoryApi


async def handle(request: SetPermission, api: DirectoryApi, actor: Actor) -> PermissionOutcome:
    """Decide."""
    return await api.administration.set_permission(
        request.command, request.level, actor, force=request.force
    )
