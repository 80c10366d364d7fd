"""`admin_add`: make somebody an admin in every mesh."""

from __future__ import annotations

from meshvisor.shared.control.messages import AddAdmin
from meshvisor.shared.control.results import AdminOutcome
from meshvisor.supervisor.audit.log import Actor
from meshvisor.supervisor.control.supervisor_api import DirectoryApi


async def handle(request: AddAdmin, api: DirectoryApi, actor: Actor) -> AdminOutcome:
    """Add; nothing happens to one who is an admin already."""
    return await api.administration.add_admin(request.user_id, actor)
