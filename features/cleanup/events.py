"""The kinds of events of cleanups (docs/events.md)."""

from __future__ import annotations

from typing import Final

from meshvisor.shared.events.kind import EventKind

DONE: Final = EventKind(
    "cleanup.done",
    "A cleanup has removed or archived what was kept long enough.",
    "",
    {
        "backup": "name of the backup in var/backups; null: none was made",
        "removed": "number of things removed, by task; those without any are missing",
    },
)

KINDS: Final = (DONE,)
