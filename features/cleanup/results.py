"""What requests about cleanups return: the JSON that the action works with."""

from __future__ import annotations

from typing import Any

from meshvisor.shared.control.results import Result


class PlannedTask(Result):
    """One kind of thing that goes."""

    name: str
    what: str
    """In words that stand behind a number."""
    keep_days: float
    """0: they are kept for ever."""
    count: int
    """How many would go now."""
    archived: bool
    """Whether they are written to an archive first."""


class CleanupPlan(Result):
    """Answer to `cleanup_plan`."""

    backups: int
    """Backups that are kept; 0: none is made."""
    databases: tuple[str, ...]
    """Further ones below `var` that are backed up, the main one after them."""
    outside: tuple[str, ...]
    """What is no part of the database and so of no backup, each in a sentence."""
    tasks: tuple[PlannedTask, ...]


class CleanupRemoved(Result):
    """Answer to `cleanup_remove`."""

    removed: int


class ExportedThing(Result):
    """One thing that is to be archived."""

    id: int | str
    document: dict[str, Any]


class CleanupExport(Result):
    """Answer to `cleanup_export`."""

    exported: tuple[ExportedThing, ...]
