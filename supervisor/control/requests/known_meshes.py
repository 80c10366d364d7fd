"""Which meshes a request may name, and what to say about the others.

Shared by the requests that take mesh ids.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from shared.errors import UsageError
from supervisor.control.supervisor_api import SupervisorApi

NEAREST: Final = 3
"""Ids to suggest; more would not be read."""


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
            raise unknown_mesh(mesh_id, known)
    return chosen


def unknown_mesh(mesh_id: str, known: Sequence[str]) -> UsageError:
    """Return the error that names the nearest known ids."""
    import difflib  # which a supervisor would carry about for life

    near = difflib.get_close_matches(mesh_id, known, NEAREST, cutoff=0.5)
    if near:
        hint = f"did you mean {' or '.join(near)}?"
    elif known:
        hint = "'meshvisor meshes list' shows those there are."
    else:
        hint = "there are no meshes yet; see 'meshvisor meshes discover'."
    return UsageError(f"There is no mesh {mesh_id!r}; {hint}")
