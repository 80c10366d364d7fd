"""`unblock`: take a mesh off the blocklist; it starts again if it is wanted."""

from __future__ import annotations

from shared.control.messages import Unblock
from shared.control.results import BlockOutcome
from supervisor.control.requests.known_meshes import unknown_mesh
from supervisor.control.supervisor_api import SupervisorApi


async def handle(request: Unblock, supervisor: SupervisorApi) -> BlockOutcome:
    """Unblock it; that it was not blocked is said and is no error.

    Raises:
        UsageError: it is neither blocked nor known, so the id was probably mistyped.
    """
    was_blocked = supervisor.blocklist.unblock(request.mesh_id)
    if not was_blocked and supervisor.get_process_health(request.mesh_id) is None:
        blocked = [entry.mesh_id for entry in supervisor.blocklist.entries()]
        known = [mesh.mesh_id for mesh in supervisor.get_status().meshes]
        raise unknown_mesh(request.mesh_id, [*blocked, *known])
    return BlockOutcome(mesh_id=request.mesh_id, blocked=False, was_blocked=was_blocked)
