"""What the control socket can ask about cleanups: `cleanup_plan`, `cleanup_remove`,
`cleanup_export`, `cleanup_done`.

For the action `data-cleanup`, which removes in small portions: between two of them whatever else
wants to be written has its turn.
"""

from __future__ import annotations

from typing import Final, Literal

from pydantic import Field

from meshvisor.features.cleanup.results import CleanupExport, CleanupPlan, CleanupRemoved
from meshvisor.features.cleanup.supervisor.service import CleanupService
from meshvisor.shared.control.request import LongRequest, Request
from meshvisor.supervisor.control.handling import Call, Handler, handles

MOST: Final = 1_000
"""Things in one portion."""


class PlanCleanup(Request):
    """What a cleanup would remove now."""

    type: Literal["cleanup_plan"] = "cleanup_plan"


@handles(PlanCleanup)
async def plan_cleanup(_request: PlanCleanup, call: Call) -> CleanupPlan:
    """Return it."""
    return await call.need(CleanupService).plan()


class RemoveOutdated(Request):
    """Remove some of what was kept long enough."""

    type: Literal["cleanup_remove"] = "cleanup_remove"
    task: str
    limit: int = Field(200, ge=1, le=MOST)
    archived: tuple[int | str, ...] = Field((), max_length=MOST)
    """Of a task that archives: what `cleanup_export` has returned, and is in the archive."""


@handles(RemoveOutdated)
async def remove_outdated(request: RemoveOutdated, call: Call) -> CleanupRemoved:
    """Remove it; 0: nothing is left."""
    return await call.need(CleanupService).remove(request.task, request.limit, request.archived)


class ExportOutdated(LongRequest):
    """Some of what is to be archived before it is removed."""

    type: Literal["cleanup_export"] = "cleanup_export"
    task: str
    limit: int = Field(20, ge=1, le=MOST)


@handles(ExportOutdated)
async def export_outdated(request: ExportOutdated, call: Call) -> CleanupExport:
    """Return it."""
    return await call.need(CleanupService).export(request.task, request.limit)


class CleanupDone(Request):
    """Say that a cleanup is done, for the event log and the audit log."""

    type: Literal["cleanup_done"] = "cleanup_done"
    backup: str | None
    removed: dict[str, int]


@handles(CleanupDone)
async def cleanup_done(request: CleanupDone, call: Call) -> None:
    """Append it."""
    await call.need(CleanupService).done(request.backup, request.removed, call.actor)


HANDLERS: Final[tuple[Handler, ...]] = (
    plan_cleanup,
    remove_outdated,
    export_outdated,
    cleanup_done,
)
