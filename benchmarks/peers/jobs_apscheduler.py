"""APScheduler 3 with its SQLAlchemy store, measured as a queue of jobs.

A job is one whose time has come (`trigger="date"`), run by a thread of a pool, and removed from the
store.  The store is SQLite in WAL mode with synchronous=FULL.  Everything is in one process, as it
has to be: a scheduler does not notice what another process adds to its store.
"""

from __future__ import annotations

import gc
import logging
import random
import sys
import threading
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from apscheduler.events import EVENT_JOB_EXECUTED  # type: ignore[import-not-found]
from apscheduler.executors.pool import ThreadPoolExecutor  # type: ignore[import-not-found]
from apscheduler.jobstores.sqlalchemy import (  # type: ignore[import-not-found]
    SQLAlchemyJobStore,
)
from apscheduler.schedulers.background import (  # type: ignore[import-not-found]
    BackgroundScheduler,
)
from apscheduler.triggers.cron import CronTrigger  # type: ignore[import-not-found]
from sqlalchemy import create_engine, event  # type: ignore[import-not-found]

from benchmarks.peers.jobs_measure import Notes, Wanted, main, wait_for

logging.getLogger("apscheduler").setLevel(logging.ERROR)
wanted = Wanted.of(sys.argv)
notes = Notes(wanted.folder / "notes")
ended = threading.Semaphore(0)
late: list[float] = []
"""Milliseconds by which jobs that were planned began too late."""


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


def schedules() -> dict[str, Any]:
    """Return what very many schedules cost, `wanted.slots` being seconds in which none is due."""
    _fill()
    made = scheduler()
    began = time.monotonic()
    made.start()
    started = time.monotonic() - began
    gc.collect()
    found: dict[str, Any] = {"start_seconds": started, "memory": _memory()}
    if not wanted.count:
        return found
    before = time.process_time()
    time.sleep(wanted.slots)
    found["idle_percent"] = (time.process_time() - before) / wanted.slots * 100
    found["change_ms"] = [_add_one(made, number) for number in range(100)]
    found["next_us"] = _next_times()
    return found | _fires(made)


def _fill() -> None:
    """Write them without a flush for each, which is not measured."""
    engine = create_engine(f"sqlite:///{wanted.folder / 'apscheduler.db'}")
    store = SQLAlchemyJobStore(engine=engine)
    made = BackgroundScheduler(jobstores={"default": store}, timezone="UTC")
    event.listen(engine, "connect", _set_up_quickly)
    made.start(paused=True)
    for number in range(wanted.count):
        made.add_job("__main__:noop", _trigger(number))
    made.shutdown()
    engine.dispose()


def _set_up_quickly(connection: Any, _record: object) -> None:
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = OFF")


def _trigger(number: int) -> Any:
    minute, hour, day = number % 60, number // 60 % 24, 1 + number // 1440 % 28
    zone = ("UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata")[number % 4]
    return CronTrigger.from_crontab(f"{minute} {hour} {day} * *", timezone=zone)


def _add_one(made: Any, number: int) -> float:
    began = time.monotonic()
    made.add_job("__main__:noop", _trigger(number))
    return (time.monotonic() - began) * 1000


def _next_times() -> float:
    asked = [_trigger(number * 97) for number in range(400)]
    now = datetime.now(UTC)
    began = time.process_time()
    for one in asked:
        one.get_next_fire_time(None, now)
    return (time.process_time() - began) / len(asked) * 1e6


def _fires(made: Any) -> dict[str, Any]:
    """Have a thousand fire in one moment, and then some in a minute, each at its own."""
    chance = random.Random(0)
    together = _fired(made, [time.time() + 20] * 1000)
    begin = time.time() + 3
    apart = _fired(made, [begin + chance.random() * 60 for _ in range(300)])
    return {"late_ms": apart, "together_ms": max(together)}


def _fired(made: Any, moments: list[float]) -> list[float]:
    """Return how many milliseconds late each was."""
    late.clear()
    for moment in moments:
        at = datetime.fromtimestamp(moment, UTC)
        made.add_job("__main__:note_late", "date", run_date=at, args=[moment])
    wait_for(lambda: len(late) >= len(moments))
    return list(late)


def note_late(moment: float) -> None:
    """Note how late it runs."""
    late.append((time.time() - moment) * 1000)


def _memory() -> int:
    """Return bytes that this process alone holds."""
    rollup = Path("/proc/self/smaps_rollup").read_text()
    lines = (line.split() for line in rollup.splitlines() if line.startswith("Private_"))
    return 1024 * sum(int(line[1]) for line in lines)


def _add_all(made: Any) -> float:
    began = time.monotonic()
    for _ in range(wanted.count):
        made.add_job("__main__:noop")
    return time.monotonic() - began


if __name__ == "__main__":
    main(wanted, enqueue, run, idle, schedules=schedules)
