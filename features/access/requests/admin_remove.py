"""`admin_remove`: make an admin an ordinary user again."""

from __future__ import annotations

from meshvisor.shared.control.messages import RemoveAdmin
from meshvisor.shared.control.results import AdminOutcome
from meshvisor.supervisor.audit.log import Actor
from meshvisor.supervisor.control.supervisor_api import DirectoryApi


async def handle(request: RemoveAdmin, api: DirectoryApi, actor: Actor) -> AdminOutcome:
    """Remove; nothing happens to one who is none."""
    return await api.administration.remove_admin(request.user_id, actor)
