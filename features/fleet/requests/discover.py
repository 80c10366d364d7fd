"""`discover`: look for meshes now."""

from __future__ import annotations

from meshvisor.shared.control.messages import Discover
from meshvisor.shared.control.results import DiscoveryReport
from meshvisor.supervisor.control.supervisor_api import SupervisorApi


async def handle(request: Discover, supervisor: SupervisorApi) -> DiscoveryReport:
    """Return what was found and what it changed."""
    del request
    return await supervisor.discover_now()
