"""What a regular cleanup removes: each part says what of its own, and when.

Owns the form, and the list that features add to when their services are made.  Does not own any
table, nor when a cleanup runs (`features.cleanup`): the owner of a table knows what may go.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from meshvisor.shared.settings.model import Settings


class Exported(NamedTuple):
    """What is written to an archive before it is removed."""

    id: int | str
    """As `CleanupTask.remove_these` takes it."""
    document: Mapping[str, Any]
    """All of it, as JSON."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CleanupTask:
    """One kind of thing that is removed when it is old enough.

    A moment is in epoch milliseconds: what became old enough before it goes.  Each call removes so
    many that the writer is held for milliseconds, and the caller calls again.
    """

    name: str
    """Small letters and `-`, such as `run-logs`; also the name of its archive."""
    what: str
    """In words that stand behind a number: `runs of schedules`."""
    keep_days: Callable[[Settings], float]
    """How long they are kept; 0: for ever."""
    count: Callable[[sqlite3.Connection, int], int]
    """Given a connection that only reads and a moment, returns how many would go."""
    remove: Callable[[int, int], Awaitable[int]] | None = None
    """Given a moment and a number, removes at most so many; returns how many it was."""
    export: Callable[[sqlite3.Connection, int, int], Sequence[Exported]] | None = None
    """In place of `remove`: given a connection, a moment and a number, returns at most so many,
    which are then archived."""
    remove_these: Callable[[Sequence[int | str]], Awaitable[int]] | None = None
    """With `export`: removes what was archived."""

    def __post_init__(self) -> None:
        assert (self.remove is None) == (self.export is not None) == (self.remove_these is not None)


class CleanupTasks:
    """All of them, by name.

    Attributes:
        databases: names of files below `var` that are backed up before the main database is, so
            that nothing in them is newer than in that.
    """

    def __init__(self) -> None:
        self._tasks: dict[str, CleanupTask] = {}
        self.databases: list[str] = []

    def add(self, task: CleanupTask) -> None:
        """Have one more kind of thing removed; the name must be free."""
        assert task.name not in self._tasks, f"there is a cleanup task {task.name} already"
        self._tasks[task.name] = task

    def find(self, name: str) -> CleanupTask | None:
        """Return the task of a name; None: there is none."""
        return self._tasks.get(name)

    def __iter__(self) -> Iterator[CleanupTask]:
        """Go through all in the order of their names."""
        return iter([self._tasks[name] for name in sorted(self._tasks)])
