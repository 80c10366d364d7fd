"""What may go, from the settings and the clock, and that it goes in portions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from meshvisor.features.cleanup.supervisor.service import CleanupParts, CleanupService
from meshvisor.shared.errors import UsageError
from meshvisor.shared.events import log
from meshvisor.shared.settings.model import default_settings
from meshvisor.shared.store.store import Store
from meshvisor.supervisor.audit.log import AuditLog, local_actor
from meshvisor.supervisor.cleanup_tasks import CleanupTask, CleanupTasks, Exported
from tests.clock import ManualClock

DAY = 86_400_000


class Things:
    """Things with an age, in memory."""

    def __init__(self, ages: Sequence[int], now: int) -> None:
        self.moments = sorted(now - age * DAY for age in ages)

    def older(self, before: int) -> list[int]:
        """Return those from before a moment."""
        return [one for one in self.moments if one < before]

    async def remove(self, before: int, limit: int) -> int:
        """Remove some of them."""
        return await self.remove_these(self.older(before)[:limit])

    async def remove_these(self, some: Sequence[int | str]) -> int:
        """Remove exactly these."""
        count = len(self.moments)
        self.moments = [one for one in self.moments if one not in some]
        return count - len(self.moments)

    def task(self, name: str, keep_days: float, **fields: Any) -> CleanupTask:
        """Return the task that removes them."""
        given = {"remove": self.remove, **fields}
        return CleanupTask(
            name=name,
            what=f"{name} things",
            keep_days=lambda _settings: keep_days,
            count=lambda _db, before: len(self.older(before)),
            **given,
        )


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """Return an empty database."""
    opened = Store.open(tmp_path / "meshvisor.db")
    yield opened
    opened.close()


def service_of(store: Store, *tasks: CleanupTask) -> CleanupService:
    """Return the service with these tasks."""
    clock, all_tasks = ManualClock(), CleanupTasks()
    for task in tasks:
        all_tasks.add(task)
    parts = CleanupParts(all_tasks, store, AuditLog(store, clock), clock, lambda: ("outside",))
    return CleanupService(parts, default_settings())


def now_of() -> int:
    """Return the present of the tests."""
    return round(ManualClock().wall() * 1000)


async def test_only_what_is_old_enough(store: Store) -> None:
    """The plan counts it, portions remove it, and what is kept for ever stays."""
    old, kept = Things((1, 29, 31, 40, 400), now_of()), Things((900,), now_of())
    service = service_of(store, old.task("old", 30), kept.task("kept", 0))
    plan = await service.plan()
    assert [(one.name, one.count) for one in plan.tasks] == [("kept", 0), ("old", 3)]
    assert (plan.backups, plan.outside) == (7, ("outside",))
    removed = [(await service.remove("old", 2, ())).removed for _ in range(3)]
    assert removed == [2, 1, 0]
    assert len(old.moments) == 2
    assert (await service.remove("kept", 2, ())).removed == 0
    assert len(kept.moments) == 1


async def test_what_is_archived(store: Store) -> None:
    """It is exported first, and only what the archive has is removed."""
    things = Things((1, 400, 500), now_of())

    def export(_db: Any, before: int, limit: int) -> list[Exported]:
        return [Exported(one, {"at": one}) for one in things.older(before)[:limit]]

    task = things.task("jobs", 365, remove=None, export=export, remove_these=things.remove_these)
    service = service_of(store, task)
    exported = (await service.export("jobs", 1)).exported
    assert [one.document["at"] for one in exported] == things.moments[:1]
    assert (await service.remove("jobs", 100, ())).removed == 0
    assert (await service.remove("jobs", 100, [exported[0].id])).removed == 1
    assert len(things.moments) == 2


async def test_a_task_that_there_is_not(store: Store) -> None:
    """The sentence names those there are."""
    service = service_of(store, Things((), 0).task("old", 30))
    with pytest.raises(UsageError, match="there is no cleanup task 'odl'; there are old"):
        await service.remove("odl", 1, ())
    with pytest.raises(UsageError, match="archives nothing"):
        await service.export("old", 1)


async def test_it_is_notified(store: Store) -> None:
    """What was removed is an event and an entry of the audit log."""
    await service_of(store).done("b.db", {"old": 3}, local_actor(0))
    wanted = log.Wanted(("cleanup.done",))
    (event,) = store.read_now(lambda db: log.read(db, 0, 10, wanted)).events
    assert event.content == {"v": 1, "backup": "b.db", "removed": {"old": 3}}
    query = "SELECT action, detail FROM audit_log"
    assert store.read_now(lambda db: db.execute(query).fetchall()) == [("cleanup", "3 old")]
