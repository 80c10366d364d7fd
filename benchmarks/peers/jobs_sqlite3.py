"""The sqlite3 module alone, as the limit of what a queue can do with a flush for each change.

A job is inserted, claimed and completed in a transaction each; there is no history and nothing
runs.  WAL, synchronous=FULL, one thread.
"""

from __future__ import annotations

import sqlite3
import sys
import time

from benchmarks.peers.jobs_measure import Wanted, main

wanted = Wanted.of(sys.argv)
db = sqlite3.connect(wanted.folder / "plain.db", isolation_level=None)
db.execute("PRAGMA journal_mode = WAL")
db.execute("PRAGMA synchronous = FULL")
db.execute("CREATE TABLE jobs (id INTEGER PRIMARY KEY, action TEXT, status TEXT, at INTEGER)")
db.execute("CREATE INDEX waiting ON jobs (id) WHERE status = 'queued'")

INSERT = "INSERT INTO jobs (action, status, at) VALUES ('noop', 'queued', 1)"
FIRST = "SELECT id FROM jobs WHERE status = 'queued' ORDER BY id LIMIT 1"
BECOME = "UPDATE jobs SET status = ? WHERE id = ?"


def change(statement: str, values: tuple[object, ...] = ()) -> None:
    """Change something and wait until it is on the disk."""
    db.execute("BEGIN IMMEDIATE")
    db.execute(statement, values)
    db.execute("COMMIT")


def enqueue() -> float:
    """Return the seconds for all inserts."""
    began = time.monotonic()
    for _ in range(wanted.count):
        change(INSERT)
    return time.monotonic() - began


def run() -> float:
    """Return the seconds for three transactions each."""
    began = time.monotonic()
    for _ in range(wanted.count):
        change(INSERT)
        (job,) = db.execute(FIRST).fetchone()
        change(BECOME, ("active", job))
        change(BECOME, ("completed", job))
    return time.monotonic() - began


def idle(_pauses: list[float]) -> list[float]:
    """It has no listeners."""
    raise SystemExit("sqlite3 has no runner")


if __name__ == "__main__":
    main(wanted, enqueue, run, idle)
