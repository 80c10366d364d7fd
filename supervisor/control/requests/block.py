"""`block`: stop a mesh and keep it from being started, for a time or for ever."""

from __future__ import annotations

from shared.control.blocked import iso
from shared.control.messages import Block
from shared.control.results import BlockOutcome
from supervisor.control.supervisor_api import SupervisorApi

REASON = "operator"
"""What the blocklist says about meshes that somebody blocked by hand."""


async def handle(request: Block, supervisor: SupervisorApi) -> BlockOutcome:
    """Block it; a mesh that is not known yet may be blocked too, before discovery finds it."""
    blocklist = supervisor.blocklist
    was_blocked = blocklist.is_blocked(request.mesh_id)
    blocklist.block(request.mesh_id, REASON, request.duration)
    until = next(
        (entry.blocked_until for entry in blocklist.entries() if entry.mesh_id == request.mesh_id),
        None,
    )
    return BlockOutcome(
        mesh_id=request.mesh_id,
        blocked=True,
        blocked_until=None if until is None else iso(until),
        was_blocked=was_blocked,
    )
