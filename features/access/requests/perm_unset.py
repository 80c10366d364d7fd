"""`perm_unset`: leave a command to its default again."""

from __future__ import annotations

from meshvisor.shared.control.messages import UnsetPermission
from meshvisor.shared.control.results import PermissionOutcome
from meshvisor.supervisor.audit.log import Actor
from meshvisor.supervisor.control.supervisor_api import DirectoryApi


async def handle(request: UnsetPermission, api: DirectoryApi, actor: Actor) -> PermissionOutcome:
    """Forget what is decided."""
    return await api.administration.unset_permission(request.command, actor)
