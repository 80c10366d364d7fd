"""Doing one thing to several meshes at once and reporting what became of each.

Shared by `start`, `stop` and `restart`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from meshvisor.shared.control.results import MeshOutcome, MeshOutcomes
from meshvisor.shared.errors import MeshvisorError
from meshvisor.shared.model.mesh import MeshState
from meshvisor.supervisor.control.supervisor_api import SupervisorApi


async def for_each(
    supervisor: SupervisorApi,
    mesh_ids: Sequence[str],
    action: Callable[[str], Awaitable[None]],
) -> MeshOutcomes:
    """Carry `action` out on all meshes at the same time.

    A mesh for which it fails with a `MeshvisorError` says so in its outcome and does not keep
    the others from theirs.
    """
    errors = await asyncio.gather(*(_attempt(action, mesh_id) for mesh_id in mesh_ids))
    return MeshOutcomes(
        meshes=tuple(
            MeshOutcome(mesh_id=mesh_id, state=_state(supervisor, mesh_id), error=error)
            for mesh_id, error in zip(mesh_ids, errors, strict=True)
        )
    )


async def _attempt(action: Callable[[str], Awaitable[None]], mesh_id: str) -> str | None:
    try:
        await action(mesh_id)
    except MeshvisorError as error:
        return str(error)
    return None


def _state(supervisor: SupervisorApi, mesh_id: str) -> MeshState:
    health = supervisor.get_process_health(mesh_id)
    # A mesh that nobody wants any more is forgotten once it has stopped.
    return MeshState.STOPPED if health is None else health.state
