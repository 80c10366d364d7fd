"""`blocklist_list`: every blocked mesh with its reason."""

from __future__ import annotations

import time

from shared.control.blocked import describe
from shared.control.messages import ListBlocked
from shared.control.results import BlockedMeshes
from supervisor.control.supervisor_api import SupervisorApi


async def handle(request: ListBlocked, supervisor: SupervisorApi) -> BlockedMeshes:
    """Return them sorted by mesh id."""
    del request
    now_ms = time.time() * 1000
    entries = sorted(supervisor.blocklist.entries(), key=lambda entry: entry.mesh_id)
    return BlockedMeshes(blocked=tuple(describe(entry, now_ms) for entry in entries))
