"""A database in which very many jobs are kept, as a supervisor finds it at its start."""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing
from pathlib import Path
from typing import Final

from msgspec.structs import replace

from benchmarks.job_programs.alone import new_job
from meshvisor.features.jobs.supervisor.ledger import enqueue
from meshvisor.features.jobs.supervisor.ledger.job import Millis
from meshvisor.shared.store.connection import open_writer

OPEN: Final = 500
"""Jobs that are still queued."""
ITEMS: Final = 5
"""Of each job."""
MESHES: Final = 500
_ENDED: Final = """
UPDATE jobs SET
    status = CASE id % 10 WHEN 0 THEN 'failed' WHEN 1 THEN 'cancelled' ELSE 'completed' END,
    ready = 0, pending = 0, done = ?, started_at = created_at + 100, finished_at = created_at + 500
WHERE id <= ?
"""


def fill(path: Path, count: int) -> None:
    """Write jobs, all but the newest ones ended, ten a second."""
    now = round(time.time() * 1000)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with closing(open_writer(path)) as db:
        db.execute("BEGIN")
        _write(db, count, now)
        db.execute(_ENDED, (ITEMS, count - OPEN))
        db.execute("COMMIT")


def _write(db: sqlite3.Connection, count: int, now: int) -> None:
    new = replace(new_job(), items=tuple(str(number) for number in range(ITEMS)))
    for number in range(count):
        one = replace(new, action=f"action{number % 7}", mesh_id=f"m{number % MESHES}")
        enqueue.enqueue(db, one, Millis(now - (count - number) * 100))
