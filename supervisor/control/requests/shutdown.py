"""`shutdown`: stop the supervisor politely, like SIGTERM."""

from __future__ import annotations

from meshvisor.shared.control.messages import Shutdown
from meshvisor.supervisor.control.supervisor_api import SupervisorApi


async def handle(request: Shutdown, supervisor: SupervisorApi) -> None:
    """Begin it; the answer says that it has begun, the end of the connection that it is over."""
    del request
    supervisor.request_shutdown()
