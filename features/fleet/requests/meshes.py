"""`meshes`: every mesh that discovery wants, with where it comes from and why it waits."""

from __future__ import annotations

from meshvisor.shared.control.messages import GetMeshes
from meshvisor.shared.control.results import WantedMeshes
from meshvisor.supervisor.control.supervisor_api import SupervisorApi


async def handle(request: GetMeshes, supervisor: SupervisorApi) -> WantedMeshes:
    """Return them in the fleet's order."""
    del request
    return WantedMeshes(meshes=tuple(supervisor.get_meshes()))
