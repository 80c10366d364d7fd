"""Cleanups in the supervisor: what may go at present, and removing it a portion at a time.

Owns which moment counts for which task.  Does not own what a task removes
(`supervisor.cleanup_tasks`), nor the order, the backup and the archives (`worker`).
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import msgspec

from meshvisor.features.cleanup import events as kinds
from meshvisor.features.cleanup.settings import CleanupSettings
from meshvisor.shared.clock import Clock
from meshvisor.shared.errors import UsageError
from meshvisor.shared.events import log
from meshvisor.shared.events.event import NewEvent
from meshvisor.shared.late import late
from meshvisor.shared.settings.model import Settings
from meshvisor.shared.store.store import Store
from meshvisor.supervisor.audit.log import Actor, AuditLog
from meshvisor.supervisor.cleanup_tasks import CleanupTask, CleanupTasks

if TYPE_CHECKING:
    from meshvisor.features.cleanup import results
else:
    results = late("meshvisor.features.cleanup.results")

DAY: Final = 86_400_000
"""Milliseconds."""


class CleanupParts(msgspec.Struct, frozen=True):
    """What cleanups work with."""

    tasks: CleanupTasks
    store: Store
    audit: AuditLog
    clock: Clock
    outside: Callable[[], Sequence[str]]
    """Says what no backup of the database holds."""


class CleanupService:
    """Cleanups of a supervisor.

    Attributes:
        settings: as they are; replaced on reload.
    """

    def __init__(self, parts: CleanupParts, settings: Settings) -> None:
        self._parts = parts
        self.settings = settings

    async def plan(self) -> results.CleanupPlan:
        """Return what would be removed now."""
        return results.CleanupPlan(
            backups=self.settings.of(CleanupSettings).backups,
            databases=tuple(self._parts.tasks.databases),
            outside=tuple(self._parts.outside()),
            tasks=tuple([await self._planned(task) for task in self._parts.tasks]),
        )

    async def remove(
        self, name: str, limit: int, archived: Sequence[int | str]
    ) -> results.CleanupRemoved:
        """Remove some of what was kept long enough, or what was archived of it.

        Raises:
            UsageError: there is no such task.
        """
        task = self._task(name)
        before = self._before(task)
        if before is None:
            return results.CleanupRemoved(removed=0)
        if task.remove_these is not None:
            removed = await task.remove_these(archived) if archived else 0
        else:
            assert task.remove is not None
            removed = await task.remove(before, limit)
        return results.CleanupRemoved(removed=removed)

    async def export(self, name: str, limit: int) -> results.CleanupExport:
        """Return some of what is to be archived.

        Raises:
            UsageError: there is no such task, or it archives nothing.
        """
        task = self._task(name)
        if task.export is None:
            raise UsageError(f"the task {name} archives nothing; use cleanup_remove")
        before = self._before(task)
        if before is None:
            return results.CleanupExport(exported=())
        export = task.export
        found = await self._parts.store.read(lambda db: export(db, before, limit))
        things = [results.ExportedThing(id=one.id, document=dict(one.document)) for one in found]
        return results.CleanupExport(exported=tuple(things))

    async def done(self, backup: str | None, removed: Mapping[str, int], actor: Actor) -> None:
        """Tell that a cleanup is done."""
        data: dict[str, Any] = {"backup": backup, "removed": dict(removed)}
        now = round(self._parts.clock.wall() * 1000)
        event = NewEvent(now, kinds.DONE.name, actor=actor.id, data=data)
        await self._parts.store.write(partial(_append, event))
        detail = ", ".join(f"{count} {name}" for name, count in removed.items()) or "nothing"
        await self._parts.audit.add(actor, "cleanup", "data-cleanup", detail=detail)

    # ---- Private -----------------------------------------------------------------------------

    def _task(self, name: str) -> CleanupTask:
        task = self._parts.tasks.find(name)
        if task is None:
            known = ", ".join(one.name for one in self._parts.tasks)
            raise UsageError(f"there is no cleanup task {name[:40]!r}; there are {known}")
        return task

    def _before(self, task: CleanupTask) -> int | None:
        days = task.keep_days(self.settings)
        return round(self._parts.clock.wall() * 1000 - days * DAY) if days else None

    async def _planned(self, task: CleanupTask) -> results.PlannedTask:
        before = self._before(task)
        count = 0
        if before is not None:
            count = await self._parts.store.read(partial(_count, task, before))
        return results.PlannedTask(
            name=task.name,
            what=task.what,
            keep_days=task.keep_days(self.settings),
            count=count,
            archived=task.export is not None,
        )


# Private


def _count(task: CleanupTask, before: int, db: sqlite3.Connection) -> int:
    return task.count(db, before)


def _append(event: NewEvent, db: sqlite3.Connection) -> None:
    log.append(db, [event])
