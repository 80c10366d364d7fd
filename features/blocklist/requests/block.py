"""`block`: stop a mesh and keep it from being started, for a time or for ever."""

from __future__ import annotations

from meshvisor.features.blocklist.outcomes import block_by_hand
from meshvisor.shared.control.messages import Block
from meshvisor.shared.control.results import BlockOutcome
from meshvisor.supervisor.control.supervisor_api import SupervisorApi


async def handle(request: Block, supervisor: SupervisorApi) -> BlockOutcome:
    """Block it; a mesh that is not known yet may be blocked too, before discovery finds it."""
    outcome = block_by_hand(supervisor.blocklist, request.mesh_id, request.duration)
    return outcome.model_copy(update={"not_saved": await supervisor.save_blocklist()})
