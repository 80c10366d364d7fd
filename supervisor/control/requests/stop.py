"""`stop`: stop meshes and return when their processes are gone."""

from __future__ import annotations

from shared.control.messages import Stop
from shared.control.results import MeshOutcomes
from supervisor.control.requests.known_meshes import choose
from supervisor.control.requests.outcomes import for_each
from supervisor.control.supervisor_api import SupervisorApi


async def handle(request: Stop, supervisor: SupervisorApi) -> MeshOutcomes:
    """Stop meshes and return when their processes are gone."""
    chosen = choose(supervisor, request.mesh_ids, everything=request.all)
    return await for_each(supervisor, chosen, supervisor.stop_mesh)
