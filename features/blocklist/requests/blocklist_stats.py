"""`blocklist_stats`: how many meshes are blocked, and how."""

from __future__ import annotations

from meshvisor.shared.control.messages import GetBlocklistStats
from meshvisor.shared.control.results import BlocklistStats
from meshvisor.supervisor.control.supervisor_api import SupervisorApi


async def handle(request: GetBlocklistStats, supervisor: SupervisorApi) -> BlocklistStats:
    """Return the counts."""
    del request
    return supervisor.blocklist.get_stats()
