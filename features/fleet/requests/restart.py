"""`restart`: replace the processes of meshes, or start those that have none."""

from __future__ import annotations

from meshvisor.features.fleet.requests.known_meshes import choose
from meshvisor.features.fleet.requests.outcomes import for_each
from meshvisor.shared.control.messages import Restart
from meshvisor.shared.control.results import MeshOutcomes
from meshvisor.supervisor.control.supervisor_api import SupervisorApi


async def handle(request: Restart, supervisor: SupervisorApi) -> MeshOutcomes:
    """Replace the processes of meshes, or start those that have none."""
    chosen = choose(supervisor, request.mesh_ids, everything=request.all)
    return await for_each(supervisor, chosen, supervisor.restart_mesh)
