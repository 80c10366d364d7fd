"""`start`: start meshes that are stopped or failed; those that run are left alone."""

from __future__ import annotations

from meshvisor.features.fleet.requests.known_meshes import choose
from meshvisor.features.fleet.requests.outcomes import for_each
from meshvisor.shared.control.messages import Start
from meshvisor.shared.control.results import MeshOutcomes
from meshvisor.supervisor.control.supervisor_api import SupervisorApi


async def handle(request: Start, supervisor: SupervisorApi) -> MeshOutcomes:
    """Start meshes that are stopped or failed; those that run are left alone."""
    chosen = choose(supervisor, request.mesh_ids, everything=request.all)
    return await for_each(supervisor, chosen, supervisor.start_mesh)
