"""What of a damaged database is gone of jobs, for `meshvisor salvage`."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from typing import Any

from meshvisor.features.jobs.supervisor import chat_reports
from meshvisor.features.jobs.supervisor.ledger.repair import LedgerRepair
from meshvisor.supervisor.cli.human import number


class Repair:
    """Mends jobs and says which have lost items.

    Args:
        now: epoch milliseconds.
    """

    titles: Mapping[str, str] = {
        "jobs": "jobs",
        "job_history": "entries of their history",
        "job_items": "items",
    }

    def __init__(self, now: int) -> None:
        self._now = now
        self._ledger = LedgerRepair(now)

    def apply(self, database: sqlite3.Connection) -> None:
        """Make jobs agree with the items that were saved."""
        self._ledger.apply(database)
        chat_reports.begin_at_the_end(database, self._now)

    def losses(self) -> dict[str, Any]:
        """Return how many items each job has lost."""
        return {"jobs": [{"id": job, "lost_items": lost} for job, lost in self._ledger.lost]}

    def sentences(self, result: Mapping[str, Any]) -> Iterator[str]:
        """Yield a sentence about each job that has lost something."""
        for job in result["jobs"]:
            yield f"Job {job['id']} has lost {number(job['lost_items'], 'item')}."
