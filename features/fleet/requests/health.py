"""`health`: sums over all workers."""

from __future__ import annotations

from meshvisor.shared.control.messages import GetHealth
from meshvisor.shared.control.results import HealthStats
from meshvisor.supervisor.control.supervisor_api import SupervisorApi


async def handle(request: GetHealth, supervisor: SupervisorApi) -> HealthStats:
    """Return them without asking any worker."""
    del request
    return supervisor.get_health_stats()
