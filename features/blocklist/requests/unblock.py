"""`unblock`: take a mesh off the blocklist; it starts again if it is wanted."""

from __future__ import annotations

from meshvisor.features.blocklist import outcomes as blocked
from meshvisor.features.fleet.requests.known_meshes import known_ids
from meshvisor.shared.control.messages import Unblock
from meshvisor.shared.control.results import BlockOutcome
from meshvisor.shared.control.unknown_mesh import unknown_mesh
from meshvisor.supervisor.control.supervisor_api import SupervisorApi


async def handle(request: Unblock, supervisor: SupervisorApi) -> BlockOutcome:
    """Unblock it.

    Raises:
        UsageError: it is neither blocked nor known, so the id was probably mistyped.
    """
    outcome = blocked.unblock(supervisor.blocklist, request.mesh_id)
    if not outcome.was_blocked and supervisor.get_process_health(request.mesh_id) is None:
        entries = supervisor.blocklist.entries()
        near = [entry.mesh_id for entry in entries] + known_ids(supervisor)
        raise unknown_mesh(request.mesh_id, near)
    return outcome.model_copy(update={"not_saved": await supervisor.save_blocklist()})
