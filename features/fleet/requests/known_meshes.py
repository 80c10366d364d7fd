"""Which meshes a request may name.

Shared by the requests that take mesh ids.
"""

from __future__ import annotations

from collections.abc import Iterable

from meshvisor.shared.control.unknown_mesh import unknown_mesh
from meshvisor.supervisor.control.supervisor_api import SupervisorApi


def known_ids(supervisor: SupervisorApi) -> list[str]:
    """Return the ids of all meshes that the fleet knows, in its order."""
    return [mesh.mesh_id for mesh in supervisor.get_status().meshes]


def choose(supervisor: SupervisorApi, mesh_ids: Iterable[str], *, everything: bool) -> list[str]:
    """Return the meshes that a request means, each once.

    Raises:
        UsageError: one of them is unknown; nothing has been done then.
    """
    known = known_ids(supervisor)
    if everything:
        return known
    chosen = list(dict.fromkeys(mesh_ids))
    there = set(known)
    for mesh_id in chosen:
        if mesh_id not in there:
            raise unknown_mesh(mesh_id, known, everything="--all")
    return chosen
