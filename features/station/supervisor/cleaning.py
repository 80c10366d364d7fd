"""What a regular cleanup removes of the station."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from typing import Final

from meshvisor.features.station.settings import StationSettings
from meshvisor.features.station.supervisor import alerts, people
from meshvisor.features.station.supervisor.changes import Changes
from meshvisor.shared.settings.model import Settings
from meshvisor.supervisor.cleanup_tasks import CleanupTask

Count = Callable[[sqlite3.Connection, int], int]
Remove = Callable[[sqlite3.Connection, int, int], int]
KeepDays = Callable[[StationSettings], float]

_TASKS: Final[tuple[tuple[str, str, KeepDays, Count, Remove], ...]] = (
    (
        "station-alerts",
        "resolved alerts",
        lambda settings: settings.keep_days,
        alerts.count_outdated,
        alerts.remove_outdated,
    ),
    (
        "station-positions",
        "positions of users",
        lambda settings: settings.keep_positions_days,
        people.count_old_positions,
        people.remove_old_positions,
    ),
    (
        "station-users",
        "users who were only seen",
        lambda settings: settings.keep_users_days,
        people.count_old,
        people.forget_old,
    ),
)


def cleanup_tasks(changes: Changes) -> list[CleanupTask]:
    """Return what is removed, and when."""
    return [_task(changes, *parts) for parts in _TASKS]


def _task(
    changes: Changes, name: str, what: str, keep: KeepDays, count: Count, remove: Remove
) -> CleanupTask:
    def keep_days(settings: Settings) -> float:
        return keep(settings.of(StationSettings))

    async def remove_some(before: int, most: int) -> int:
        return await changes.write(lambda db: remove(db, before, most))

    return CleanupTask(name=name, what=what, keep_days=keep_days, count=count, remove=remove_some)
