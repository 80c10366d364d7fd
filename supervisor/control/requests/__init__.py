"""One module per request; this one knows which module answers which.

Owns the table.  Does not own parsing, connections, or what the supervisor does.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

from shared.control.messages import ControlRequest
from shared.control.results import Result
from supervisor.audit.log import Actor
from supervisor.control.requests import (
    admin_add,
    admin_list,
    admin_remove,
    audit,
    block,
    blocklist_list,
    blocklist_stats,
    credentials_keep,
    credentials_save,
    credentials_show,
    discover,
    health,
    meshes,
    perm_list,
    perm_set,
    perm_unset,
    platform,
    poll,
    process_health,
    refresh,
    reload,
    relogin,
    restart,
    shutdown,
    start,
    status,
    stop,
    unblock,
    version,
)
from supervisor.control.supervisor_api import DirectoryApi, SupervisorApi

Handler = Callable[[Any, SupervisorApi], Awaitable[Result | None]]
DirectoryHandler = Callable[[Any, DirectoryApi], Awaitable[Result]]
AuditedHandler = Callable[[Any, DirectoryApi, Actor], Awaitable[Result]]

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
    "platform": platform.handle,
}
"""Requests about the fleet and the supervisor, but `logs`, a stream (`logs.stream_logs`)."""

READS: Final[Mapping[str, DirectoryHandler]] = {
    "admin_list": admin_list.handle,
    "audit": audit.handle,
    "credentials_show": credentials_show.handle,
    "perm_list": perm_list.handle,
}
"""Requests about what the directory holds."""

AUDITED: Final[Mapping[str, AuditedHandler]] = {
    "admin_add": admin_add.handle,
    "admin_remove": admin_remove.handle,
    "credentials_keep": credentials_keep.handle,
    "credentials_save": credentials_save.handle,
    "perm_set": perm_set.handle,
    "perm_unset": perm_unset.handle,
    "refresh": refresh.handle,
    "relogin": relogin.handle,
}
"""Changes of the directory, whose handlers are told who asks."""


async def carry_out(
    request: ControlRequest, supervisor: SupervisorApi, actor: Actor
) -> Result | None:
    """Do what `request` asks for and return the result of the answer.

    Args:
        request: what is asked for.
        supervisor: who does it.
        actor: who asks, for the audit log.

    Raises:
        MeshvisorError: it cannot be done; the sentence is for whoever asked.
    """
    if request.type in HANDLERS:
        return await HANDLERS[request.type](request, supervisor)
    return await carry_out_on_directory(request, supervisor, actor)


async def carry_out_on_directory(
    request: ControlRequest, api: DirectoryApi, actor: Actor
) -> Result:
    """Do the same for a request of `READS` or `AUDITED`, which needs no running supervisor."""
    if request.type in AUDITED:
        return await AUDITED[request.type](request, api, actor)
    return await READS[request.type](request, api)
