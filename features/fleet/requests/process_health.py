"""`process_health`: everything known about one mesh's worker."""

from __future__ import annotations

from meshvisor.features.fleet.requests.known_meshes import known_ids
from meshvisor.shared.control.messages import GetProcessHealth
from meshvisor.shared.control.results import ProcessHealth
from meshvisor.shared.control.unknown_mesh import unknown_mesh
from meshvisor.supervisor.control.supervisor_api import SupervisorApi


async def handle(request: GetProcessHealth, supervisor: SupervisorApi) -> ProcessHealth:
    """Return it, or raise `UsageError` for a mesh that there is not."""
    health = supervisor.get_process_health(request.mesh_id)
    if health is None:
        raise unknown_mesh(request.mesh_id, known_ids(supervisor))
    return health
