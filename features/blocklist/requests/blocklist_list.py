"""`blocklist_list`: every blocked mesh with its reason."""

from __future__ import annotations

import time

from meshvisor.features.blocklist.outcomes import list_blocked
from meshvisor.shared.control.messages import ListBlocked
from meshvisor.shared.control.results import BlockedMeshes
from meshvisor.supervisor.control.supervisor_api import SupervisorApi


async def handle(request: ListBlocked, supervisor: SupervisorApi) -> BlockedMeshes:
    """Return them sorted by mesh id."""
    del request
    return list_blocked(supervisor.blocklist, time.time())
