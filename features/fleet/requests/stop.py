"""`stop`: stop meshes and return when their processes are gone."""

from __future__ import annotations

from meshvisor.features.fleet.requests.known_meshes import choose
from meshvisor.features.fleet.requests.outcomes import for_each
from meshvisor.shared.control.messages import Stop
from meshvisor.shared.control.results import MeshOutcomes
from meshvisor.supervisor.control.supervisor_api import SupervisorApi


async def handle(request: Stop, supervisor: SupervisorApi) -> MeshOutcomes:
    """Stop meshes and return when their processes are gone."""
    chosen = choose(supervisor, request.mesh_ids, everything=request.all)
    return await for_each(supervisor, chosen, supervisor.stop_mesh)
