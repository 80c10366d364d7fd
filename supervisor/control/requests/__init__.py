"""One module per request; this one knows which module answers which.

Owns the table.  Does not own parsing, connections, or what the supervisor does.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

from shared.control.messages import ControlRequest
from shared.control.results import Result
from supervisor.control.requests import (
    block,
    blocklist_list,
    blocklist_stats,
    discover,
    health,
    meshes,
    poll,
    process_health,
    reload,
    restart,
    shutdown,
    start,
    status,
    stop,
    unblock,
    version,
)
from supervisor.control.supervisor_api import SupervisorApi

Handler = Callable[[Any, SupervisorApi], Awaitable[Result | None]]

HANDLERS: Final[Mapping[str, Handler]] = {
    "status": status.handle,
    "health": health.handle,
    "process_health": process_health.handle,
    "poll": poll.handle,
    "start": start.handle,
    "stop": stop.handle,
    "restart": restart.handle,
    "meshes": meshes.handle,
    "discover": discover.handle,
    "blocklist_list": blocklist_list.handle,
    "blocklist_stats": blocklist_stats.handle,
    "block": block.handle,
    "unblock": unblock.handle,
    "reload": reload.handle,
    "shutdown": shutdown.handle,
    "version": version.handle,
}
"""Every request but `logs`, which is a stream (`logs.stream_logs`)."""


async def carry_out(request: ControlRequest, supervisor: SupervisorApi) -> Result | None:
    """Do what `request` asks for and return the result of the answer.

    Raises:
        MeshvisorError: it cannot be done; the sentence is for whoever asked.
    """
    return await HANDLERS[request.type](request, supervisor)
