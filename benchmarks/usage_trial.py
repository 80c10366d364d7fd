"""Statistics in a process of their own, so that processor time and memory are theirs alone.

    python -m benchmarks.usage_trial fill PATH EVENTS
    python -m benchmarks.usage_trial aggregate PATH WORKERS
    python -m benchmarks.usage_trial take PATH SECONDS
    python -m benchmarks.usage_trial migrate PATH PORT
    python -m benchmarks.usage_trial year PATH MESHES

Each prints its figures as JSON.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import resource
import sys
import time
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from meshvisor.features.access.supervisor.directory.database_config import make_config
from meshvisor.features.statistics.aggregation.run import Wanted, aggregate
from meshvisor.features.statistics.migration.mongo import MongoEvents
from meshvisor.features.statistics.migration.months import How, Migration
from meshvisor.features.statistics.settings import StatisticsSettings
from meshvisor.features.statistics.store.database import QUERIES, open_database, transaction
from meshvisor.features.statistics.store.partitions import make_table
from meshvisor.features.statistics.store.reading import Question, opened
from meshvisor.features.statistics.supervisor.recorder import Recorder
from meshvisor.shared.clock import SystemClock
from meshvisor.shared.protocol.codec import Codec
from meshvisor.shared.protocol.from_worker import FROM_WORKER, UsageCounts
from meshvisor.shared.settings.model import default_settings
from meshvisor.supervisor.service_contract import Stopping

DAY: Final = date(2026, 11, 10)
BEGIN: Final = 1_794_268_800
"""Its first second, UTC."""
MESHES: Final = 500
USERS: Final = 20_000
WORKERS: Final = 100
"""That send at the same time."""
EVENTS: Final = 50_000
"""Of all of them in a second."""
PERIOD: Final = 5
"""Seconds between two messages of a worker."""
TALKERS: Final = 40
"""Users of a mesh who do something in that time."""

SERVER: Final = "MESHVISOR_TEST_MONGODB_URI"
"""Names a server in place of the one that the harness starts."""
YEAR: Final = (date(2025, 11, 10), DAY)

_YEAR_COUNTS: Final = """
WITH RECURSIVE
d(day) AS (SELECT :first UNION ALL SELECT date(day, '+1 day') FROM d WHERE day < :last),
m(mesh) AS (SELECT 0 UNION ALL SELECT mesh + 1 FROM m WHERE mesh < :meshes),
h(hour) AS (VALUES (0), (7), (9), (12), (15), (18), (20), (22)), k(kind) AS (VALUES (1), (2))
INSERT INTO daily_counts SELECT day, mesh, hour, kind, 1 + (mesh * 31 + hour) % 50 FROM d, m, h, k
"""
_YEAR_TOGETHER: Final = """
WITH RECURSIVE
h(hour) AS (SELECT 0 UNION ALL SELECT hour + 1 FROM h WHERE hour < 23),
k(kind) AS (SELECT 1 UNION ALL SELECT kind + 1 FROM k WHERE kind < 5)
INSERT OR IGNORE INTO daily_counts
SELECT day, 0, hour, kind, 900 + hour * kind FROM (SELECT DISTINCT day FROM daily_counts), h, k
"""
"""All meshes together have each kind in each hour."""
_YEAR_PEOPLE: Final = """
WITH RECURSIVE p(person) AS (SELECT 1 UNION ALL SELECT person + 1 FROM p WHERE person < :users)
INSERT INTO daily_people
SELECT 0, person, days.day, 1, 3 FROM p, (SELECT DISTINCT day FROM daily_users) days
WHERE (person + CAST(strftime('%j', days.day) AS INTEGER)) % 12 = 0
"""
"""A user comes once in twelve days."""

_FILL: Final = """
WITH RECURSIVE n(id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM n WHERE id < :events)
INSERT INTO {table}
SELECT :begin + id * 24 / (:events + 1) * 3600, id, 1 + id * 7919 % :meshes,
  1 + (id * 7919 % :meshes * 40 + abs(random() % 120) * abs(random() % 2)
    + abs(random() % 30)) % :users,
  CASE id % 10 WHEN 0 THEN 2 WHEN 1 THEN 2 WHEN 2 THEN 3 WHEN 3 THEN 4 ELSE 1 END,
  CASE WHEN id % 10 < 2 THEN 1 + id % 6 ELSE 0 END, 1 + id % 3, 0 FROM n
"""


def fill(path: Path, events: int) -> dict[str, Any]:
    """Store a day of events: of many users, each in some meshes."""
    with closing(open_database(path)) as db:
        db.execute("PRAGMA synchronous = OFF")
        with transaction(db):
            for table, count in (("meshes", MESHES), ("people", USERS), ("names", 6)):
                rows = ((number, f"{table}-{number}") for number in range(1, count + 1))
                db.executemany(f"INSERT INTO {table} VALUES (?, ?)", rows)
            table = make_table(db, f"{DAY:%Y-%m}")
            values = {"events": events, "begin": BEGIN, "meshes": MESHES, "users": USERS}
            db.execute(_FILL.format(table=table), values)
            db.execute(f"INSERT INTO changed SELECT hour, max(id) FROM {table} GROUP BY hour")
            db.execute("UPDATE facts SET value = ? WHERE name = 'next_id'", (events + 1,))
    return {"bytes": path.stat().st_size}


def aggregate_all(path: Path, workers: int) -> dict[str, Any]:
    """Aggregate what is there."""
    began = time.monotonic()
    outcome = aggregate(path, Wanted(zone=ZoneInfo("UTC"), workers=workers), lambda *_: None)
    seconds = time.monotonic() - began
    own, children = (
        resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )
    cpu = own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime
    # At most: what the processes share is counted for each.
    memory = own.ru_maxrss + workers * children.ru_maxrss
    return {
        "events": outcome.events,
        "seconds": seconds,
        "cpu": cpu,
        "own_cpu": own.ru_utime + own.ru_stime,
        "megabytes": memory / 1024,
    }


async def take(path: Path, seconds: int) -> dict[str, Any]:
    """Take so many seconds of messages as fast as possible: read, take, and write them."""
    rng, codec = random.Random(1), Codec(FROM_WORKER)
    frames = [_frame(rng, mesh) for mesh in range(WORKERS)]
    settings = default_settings().model_copy(update={"statistics": StatisticsSettings()})
    recorder = Recorder(path, path.with_suffix(".key"), settings, SystemClock(), lambda _: None)
    await recorder.start()
    before = time.process_time()
    for _ in range(seconds // PERIOD):
        for mesh, frame in enumerate(frames):
            message = codec.decode(frame)
            assert isinstance(message, UsageCounts)
            recorder.take(f"mesh-{mesh}", "", message.counts)
        await recorder.write_all()
    cpu = time.process_time() - before
    await recorder.stop(Stopping(10, asyncio.Event()))
    return {"cpu": cpu, "percent": 100 * cpu / seconds}


def migrate(path: Path, port: int) -> dict[str, Any]:
    """Copy all events to a server."""
    name = f"meshvisor_bench_{os.getpid()}"
    uri = os.environ.get(SERVER, f"mongodb://127.0.0.1:{port}").rstrip("/")
    with (
        closing(MongoEvents(make_config(f"{uri}/{name}", {}, "the server"))) as mongo,
        closing(open_database(path)) as db,
    ):
        months = [f"{DAY:%Y-%m}"]
        began, before = time.monotonic(), time.process_time()
        outcome = Migration(db, mongo, How()).run(months, lambda *_: None)
        found = {"seconds": time.monotonic() - began, "cpu": time.process_time() - before}
        for month in months:
            mongo.drop(month)
    return {"events": outcome.events, **found}


def year(path: Path, meshes: int) -> dict[str, Any]:
    """Ask what the page of statistics asks for a year, of statistics that are made up."""
    values = {"first": f"{YEAR[0]}", "last": f"{YEAR[1]}", "meshes": meshes, "users": USERS}
    with closing(open_database(path)) as db:
        db.execute("PRAGMA synchronous = OFF")
        with transaction(db):
            for table, count in (("meshes", meshes), ("people", USERS)):
                rows = ((number, f"{table}-{number}") for number in range(1, count + 1))
                db.executemany(f"INSERT INTO {table} VALUES (?, ?)", rows)
            db.execute(_YEAR_COUNTS, values)
            db.execute(_YEAR_TOGETHER)
            db.execute(QUERIES["write_all_totals"])
            db.execute("INSERT INTO daily_users SELECT DISTINCT day, 0, 900, 9 FROM daily_counts")
            db.execute(_YEAR_PEOPLE, values)
    began, before = time.monotonic(), time.process_time()
    with opened(path) as statistics:
        what = statistics.range(Question(start=YEAR[0], end=YEAR[1]))
        statistics.days(what), statistics.totals(what), statistics.week(what)
        statistics.totals_before(what)
        for of, kind in (("meshes", "message"), ("users", "message"), ("commands", "command")):
            statistics.top(what, of, kind, 10)
    return {"seconds": time.monotonic() - began, "cpu": time.process_time() - before}


# Private


def _frame(rng: random.Random, mesh: int) -> bytes:
    """Return what a worker says of five seconds."""
    left = EVENTS * PERIOD // WORKERS
    kinds = ("message", "command", "join", "leave")
    keys = [
        (BEGIN, kind, f"user-{mesh * 7 + user}", "ping" if kind == "command" else "")
        for user in range(TALKERS)
        for kind in kinds
    ]
    rows = [(*key, rng.randint(1, 2 * left // len(keys))) for key in keys]
    return Codec.encode(UsageCounts(counts=tuple(rows), mesh_id=f"mesh-{mesh}"))  # type: ignore[arg-type]


def _main() -> None:
    what, path, number = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])
    found = {
        "fill": lambda: fill(path, number),
        "aggregate": lambda: aggregate_all(path, number),
        "take": lambda: asyncio.run(take(path, number)),
        "migrate": lambda: migrate(path, number),
        "year": lambda: year(path, number),
    }[what]()
    print(json.dumps(found))


if __name__ == "__main__":
    _main()
