"""Makes jobs agree with the items that are left of them, after a damaged database was salvaged."""

from __future__ import annotations

import sqlite3

from meshvisor.features.jobs.supervisor.ledger import history
from meshvisor.features.jobs.supervisor.ledger.job import QUERIES


class LedgerRepair:
    """Notes what it has found.

    Attributes:
        lost: jobs that have fewer items than they had, and how many are missing.

    Args:
        now: milliseconds since 1970.
    """

    def __init__(self, now: int) -> None:
        self._now = now
        self.lost: list[tuple[int, int]] = []

    def apply(self, db: sqlite3.Connection) -> None:
        """Count jobs and their items anew, and note in each history what the job has lost."""
        self.lost = db.execute(QUERIES["miscounted"]).fetchall()
        db.execute(QUERIES["count_anew"])
        db.execute(QUERIES["total_anew"])
        for job_id, lost in self.lost:
            text = f"the database was damaged: {lost} items of this job are lost"
            history.keep_end(db, job_id)
            db.execute(QUERIES["note_loss"], {"id": job_id, "now": self._now, "text": text})
