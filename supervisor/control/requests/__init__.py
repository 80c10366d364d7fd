"""One module per request; this one knows which module answers which.

Owns the table.  Does not own parsing, connections, or what the supervisor does.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

from meshvisor.features.access.requests import (
    admin_add,
    admin_list,
    admin_remove,
    credentials_keep,
    credentials_save,
    credentials_show,
    perm_list,
    perm_set,
    perm_unset,
    platform,
    refresh,
    relogin,
)
from meshvisor.features.blocklist.requests import block, blocklist_list, blocklist_stats, unblock
from meshvisor.features.fleet.requests import (
    discover,
    health,
    meshes,
    poll,
    process_health,
    restart,
    start,
    stop,
)
from meshvisor.features.jobs.requests import actions as jobs_actions
from meshvisor.features.jobs.requests import cancel as jobs_cancel
from meshvisor.features.jobs.requests import cleanup as jobs_cleanup
from meshvisor.features.jobs.requests import delete as jobs_delete
from meshvisor.features.jobs.requests import durations as jobs_durations
from meshvisor.features.jobs.requests import errors as jobs_errors
from meshvisor.features.jobs.requests import hold as jobs_hold
from meshvisor.features.jobs.requests import holds as jobs_holds
from meshvisor.features.jobs.requests import items as jobs_items
from meshvisor.features.jobs.requests import list as jobs_list
from meshvisor.features.jobs.requests import mark as jobs_mark
from meshvisor.features.jobs.requests import mark_items as jobs_mark_items
from meshvisor.features.jobs.requests import move as jobs_move
from meshvisor.features.jobs.requests import next as jobs_next
from meshvisor.features.jobs.requests import pause as jobs_pause
from meshvisor.features.jobs.requests import recover as jobs_recover
from meshvisor.features.jobs.requests import recovery as jobs_recovery
from meshvisor.features.jobs.requests import release as jobs_release
from meshvisor.features.jobs.requests import resume as jobs_resume
from meshvisor.features.jobs.requests import retry as jobs_retry
from meshvisor.features.jobs.requests import retry_items as jobs_retry_items
from meshvisor.features.jobs.requests import show as jobs_show
from meshvisor.features.jobs.requests import stage as jobs_stage
from meshvisor.features.jobs.requests import stats as jobs_stats
from meshvisor.features.jobs.requests import submit as jobs_submit
from meshvisor.features.jobs.requests import why as jobs_why
from meshvisor.features.jobs.requests.api import JobsApi
from meshvisor.shared.control.messages import ControlRequest
from meshvisor.shared.control.results import Result
from meshvisor.supervisor.audit.log import Actor
from meshvisor.supervisor.control.requests import audit, reload, shutdown, status, version
from meshvisor.supervisor.control.supervisor_api import DirectoryApi, SupervisorApi

Handler = Callable[[Any, SupervisorApi], Awaitable[Result | None]]
DirectoryHandler = Callable[[Any, DirectoryApi], Awaitable[Result]]
AuditedHandler = Callable[[Any, DirectoryApi, Actor], Awaitable[Result]]
JobHandler = Callable[[Any, JobsApi], Awaitable[Result]]
AuditedJobHandler = Callable[[Any, JobsApi, Actor], Awaitable[Result]]

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

JOB_READS: Final[Mapping[str, JobHandler]] = {
    "jobs_actions": jobs_actions.handle,
    "jobs_durations": jobs_durations.handle,
    "jobs_errors": jobs_errors.handle,
    "jobs_holds": jobs_holds.handle,
    "jobs_items": jobs_items.handle,
    "jobs_list": jobs_list.handle,
    "jobs_next": jobs_next.handle,
    "jobs_recovery": jobs_recovery.handle,
    "jobs_show": jobs_show.handle,
    "jobs_stage": jobs_stage.handle,
    "jobs_stats": jobs_stats.handle,
    "jobs_why": jobs_why.handle,
}
"""Requests about jobs that change none, but `jobs_watch`, a stream (`jobs_watch.stream_jobs`)."""

JOB_CHANGES: Final[Mapping[str, AuditedJobHandler]] = {
    "jobs_cancel": jobs_cancel.handle,
    "jobs_cleanup": jobs_cleanup.handle,
    "jobs_delete": jobs_delete.handle,
    "jobs_hold": jobs_hold.handle,
    "jobs_mark": jobs_mark.handle,
    "jobs_mark_items": jobs_mark_items.handle,
    "jobs_move": jobs_move.handle,
    "jobs_pause": jobs_pause.handle,
    "jobs_recover": jobs_recover.handle,
    "jobs_release": jobs_release.handle,
    "jobs_resume": jobs_resume.handle,
    "jobs_retry": jobs_retry.handle,
    "jobs_retry_items": jobs_retry_items.handle,
    "jobs_submit": jobs_submit.handle,
}
"""Changes of jobs, whose handlers are told who asks."""


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
    if is_about_jobs(request):
        return await carry_out_on_jobs(request, supervisor.jobs, actor)
    return await carry_out_on_directory(request, supervisor, actor)


async def carry_out_on_directory(
    request: ControlRequest, api: DirectoryApi, actor: Actor
) -> Result:
    """Do the same for a request of `READS` or `AUDITED`, which needs no running supervisor."""
    if request.type in AUDITED:
        return await AUDITED[request.type](request, api, actor)
    return await READS[request.type](request, api)


def is_about_jobs(request: ControlRequest) -> bool:
    """Say whether `carry_out_on_jobs` is for this request."""
    return request.type in JOB_READS or request.type in JOB_CHANGES


async def carry_out_on_jobs(request: ControlRequest, jobs: JobsApi, actor: Actor) -> Result:
    """Do the same for a request about jobs, which needs no running supervisor."""
    if request.type in JOB_CHANGES:
        return await JOB_CHANGES[request.type](request, jobs, actor)
    return await JOB_READS[request.type](request, jobs)
