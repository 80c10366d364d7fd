"""Whether a job that is there under a key is the one that is submitted again.

Owns the comparison.  Using a key twice for different things is a mistake that would go unnoticed:
the second one is answered with the first.
"""

from __future__ import annotations

import sqlite3
from itertools import chain

from meshvisor.features.jobs.supervisor.ledger.job import QUERIES, Job, NewJob


def differences(db: sqlite3.Connection, job: Job, new: NewJob) -> tuple[str, ...]:
    """Return in what they differ: of `action`, `mesh`, `target`, `data`, `items`.

    Items that the action of the job has added since do not count; nor does how urgent it is.
    """
    found = {
        "action": job.action != new.action,
        "mesh": job.mesh_id != new.mesh_id,
        "target": job.target != new.target,
        "data": job.content != dict(new.data),
        "items": not _same_items(db, job, new),
    }
    return tuple(name for name, differs in found.items() if differs)


# Private


def _same_items(db: sqlite3.Connection, job: Job, new: NewJob) -> bool:
    submitted = job.total - job.added
    if submitted != len(new.items):
        return False
    rows = db.execute(QUERIES["first_keys"], (job.id, submitted))
    return set(chain.from_iterable(rows)) == set(new.items)
