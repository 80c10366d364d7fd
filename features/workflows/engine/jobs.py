"""Jobs that steps wait for: what became of them.

Owns reading it.  Does not own submitting them (`effects`), nor going on (`executions`).
"""

from __future__ import annotations

import json
import sqlite3
from typing import Any, Final

from meshvisor.features.workflows.engine.executions import Executions
from meshvisor.shared.events.event import Event

KINDS: Final = ("job.completed", "job.failed", "job.cancelled", "job.deleted")
OPEN: Final = frozenset({"queued", "active", "paused", "interrupted"})

_RESULT: Final = """
SELECT status, error, (SELECT result FROM job_items WHERE job_id = jobs.id AND position = 0)
FROM jobs WHERE id = ?
"""
_CREATOR: Final = "SELECT created_by FROM jobs WHERE id = ?"


class Jobs:
    """Those of all executions.

    Args:
        main: the main database, where jobs are.
        executions: what waits for them.
    """

    def __init__(self, main: sqlite3.Connection, executions: Executions) -> None:
        self._main = main
        self._executions = executions

    def creator(self, job: str) -> str | None:
        """Return who has submitted one."""
        row = self._main.execute(_CREATOR, (int(job),)).fetchone()
        return None if row is None else row[0]

    def hear(self, event: Event) -> None:
        """Take in that one has ended."""
        if event.subject is None:
            return
        status = event.kind.partition(".")[2]
        status = "cancelled" if status == "deleted" else status
        result = self._read(event.subject)[2]
        self._executions.job_ended(event.subject, status, event.content.get("error"), result)

    def ended(self) -> list[tuple[str, str, str | None, Any]]:
        """Return those that have ended before a step waited for them: then no event tells."""
        waiting, self._executions.waiting.watched_jobs[:] = (
            list(self._executions.waiting.watched_jobs),
            [],
        )
        found = []
        for _, _, job in waiting:
            status, error, result = self._read(job)
            if status not in OPEN:
                found.append((job, status or "cancelled", error, result))
        return found

    def _read(self, job: str) -> tuple[str | None, str | None, Any]:
        row = self._main.execute(_RESULT, (int(job),)).fetchone()
        if row is None:
            return None, None, None
        status, error, result = row
        return status, error, None if result is None else json.loads(result)
