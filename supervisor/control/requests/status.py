"""`status`: the state of the supervisor and of every mesh, as last known."""

from __future__ import annotations

from meshvisor.shared.control.messages import GetStatus
from meshvisor.shared.control.results import StatusReport
from meshvisor.supervisor.control.supervisor_api import SupervisorApi


async def handle(request: GetStatus, supervisor: SupervisorApi) -> StatusReport:
    """Return it without asking any worker."""
    del request
    return supervisor.get_status()
