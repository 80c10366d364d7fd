"""`poll`: ask every worker for its status now."""

from __future__ import annotations

from meshvisor.shared.control.messages import Poll
from meshvisor.shared.control.results import PollReport
from meshvisor.supervisor.control.supervisor_api import SupervisorApi


async def handle(request: Poll, supervisor: SupervisorApi) -> PollReport:
    """Return the answers that came within the supervisor's deadline."""
    del request
    return await supervisor.poll()
