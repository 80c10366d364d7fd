"""Schedules that have fired lately, as they are: few, however many there are.

Owns that a definition is not read at each of its times.  A schedule is found again as long as what
was changed of it at run time is the same; new settings need a new one of these.
"""

from __future__ import annotations

import json
from typing import Final

from meshvisor.features.schedules.model.schedule import Schedule
from meshvisor.features.schedules.supervisor.book import Book

MOST: Final = 1_000
"""Schedules that are kept, 2 kB each: those of which many fire often."""


class KnownSchedules:
    """Schedules of a book, by name."""

    def __init__(self, book: Book) -> None:
        self.book = book
        self._known: dict[str, tuple[str | None, Schedule | None]] = {}
        """The least recently used first."""

    def of(self, name: str, definition: str | None) -> Schedule | None:
        """Return a schedule; None: there is none, or it cannot be understood.

        Args:
            name: of it.
            definition: what was made or changed of it at run time, as JSON; None: nothing.
        """
        kept = self._known.pop(name, None)
        if kept is None or kept[0] != definition:
            change = None if definition is None else json.loads(definition)
            entry = self.book.entry(name, change)
            kept = definition, None if entry is None else entry.schedule
        self._known[name] = kept
        if len(self._known) > MOST:
            del self._known[next(iter(self._known))]
        return kept[1]
