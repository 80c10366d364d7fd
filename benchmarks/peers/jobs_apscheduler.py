"""APScheduler 3 with its SQLAlchemy store, measured as a queue of jobs.

A job is one whose time has come (`trigger="date"`), run by a thread of a pool, and removed from the
store.  The store is SQLite in WAL mode with synchronous=FULL.  Everything is in one process, as it
has to be: a scheduler does not notice what another process adds to its store.
"""

from __future__ import annotations

import logging
import sys
import threading
import time
from typing import Any

from apscheduler.events import EVENT_JOB_EXECUTED  # type: ignore[import-not-found]
from apscheduler.executors.pool import ThreadPoolExecutor  # type: ignore[import-not-found]
from apscheduler.jobstores.sqlalchemy import (  # type: ignore[import-not-found]
    SQLAlchemyJobStore,
)
from apscheduler.schedulers.background import (  # type: ignore[import-not-found]
    BackgroundScheduler,
)
from sqlalchemy import create_engine, event  # type: ignore[import-not-found]

from benchmarks.peers.jobs_measure import Notes, Wanted, main

logging.getLogger("apscheduler").setLevel(logging.ERROR)
wanted = Wanted.of(sys.argv)
notes = Notes(wanted.folder / "notes")
ended = threading.Semaphore(0)


def noop() -> None:
    """Say that it runs."""
    notes.add()


def scheduler() -> Any:
    """Return one with an empty store and so many threads as are wanted."""
    engine = create_engine(f"sqlite:///{wanted.folder / 'apscheduler.db'}")
    event.listen(engine, "connect", _set_up)
    made = BackgroundScheduler(
        jobstores={"default": SQLAlchemyJobStore(engine=engine)},
        executors={"default": ThreadPoolExecutor(wanted.slots)},
        job_defaults={"misfire_grace_time": None},
        timezone="UTC",
    )
    made.add_listener(lambda _: ended.release(), EVENT_JOB_EXECUTED)
    return made


def _set_up(connection: Any, _record: object) -> None:
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")


def enqueue() -> float:
    """Return the seconds for all of them, with nothing that runs them meanwhile."""
    made = scheduler()
    made.start(paused=True)
    return _add_all(made)


def run() -> float:
    """Return the seconds from the first `add_job` until all have run."""
    made = scheduler()
    made.start()
    began = time.monotonic()
    _add_all(made)
    for _ in range(wanted.count):
        ended.acquire()
    return time.monotonic() - began


def idle(pauses: list[float]) -> list[float]:
    """Return the milliseconds from each `add_job` to the start of its handler."""
    made = scheduler()
    made.start()
    found = []
    for number, pause in enumerate(pauses, 1):
        time.sleep(pause)
        began = time.monotonic_ns()
        made.add_job("__main__:noop")
        notes.wait_for(number)
        found.append((notes.last() - began) / 1e6)
    return found


def _add_all(made: Any) -> float:
    began = time.monotonic()
    for _ in range(wanted.count):
        made.add_job("__main__:noop")
    return time.monotonic() - began


if __name__ == "__main__":
    main(wanted, enqueue, run, idle)
