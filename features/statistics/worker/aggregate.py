"""The action `usage-aggregation`: statistics of the days of which something was recorded.

Events that were moved to MongoDB are read there, and months that are too old removed there.  A
server that is not named or does not answer costs the days that need it, and no others.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from meshvisor.features.jobs.worker.context import JobContext
from meshvisor.features.jobs.worker.home import HomeData
from meshvisor.features.statistics.aggregation.elsewhere import moved_kinds
from meshvisor.features.statistics.aggregation.run import Outcome, Wanted, aggregate
from meshvisor.features.statistics.migration.lock import only_migration
from meshvisor.features.statistics.migration.retention import old_months, remove_month
from meshvisor.features.statistics.store.database import database_of, using
from meshvisor.features.statistics.worker.checkpoints import checkpoints
from meshvisor.features.statistics.worker.server import open_server
from meshvisor.shared.errors import MeshvisorError

if TYPE_CHECKING:
    from meshvisor.features.statistics.migration.mongo import MongoEvents


def aggregate_usage(job: JobContext) -> None:
    """Do it; `BuiltInAction.function`."""
    with HomeData(f"job:{job.id}") as home:
        path = database_of(home.home)
        if not path.exists():
            job.log("nothing was ever recorded")
            return
        basis = home.ask("statistics_basis")
        with using(path) as db:
            is_elsewhere = bool(moved_kinds(db))
            old = old_months(db, basis["keep_from"]) if basis["keep_from"] else []
        mongo = _server(job, home) if is_elsewhere or old else None
        with nullcontext() if mongo is None else closing(mongo):
            if mongo is not None and old:
                _remove(job, path, mongo, old)
            wanted = Wanted(zone=ZoneInfo(basis["timezone"]))
            _say(job, aggregate(path, wanted, checkpoints(job), mongo))


# Private


def _server(job: JobContext, home: HomeData) -> MongoEvents | None:
    """Return the server; None: there is none that can be used, which the job says."""
    try:
        return open_server(home)
    except MeshvisorError as error:
        job.log(f"what was moved to MongoDB is left out: {error}", "warning")
        return None


def _remove(job: JobContext, path: Path, mongo: MongoEvents, months: list[str]) -> None:
    """Remove months there; a server that does not answer is asked by the next job."""
    try:
        with using(path) as db, only_migration(path):
            for month in months:
                _remove_one(job, db, mongo, month)
    except MeshvisorError as error:
        job.log(f"months that are too old stay in MongoDB for now: {error}", "warning")


def _remove_one(job: JobContext, db: sqlite3.Connection, mongo: MongoEvents, month: str) -> None:
    remove_month(db, mongo, month)
    job.log(f"{month} was kept long enough and is removed from MongoDB")


def _say(job: JobContext, done: Outcome) -> None:
    job.log(f"days: {done.days}, events: {done.events}")
    if done.skipped:
        job.log(
            f"days that are left out: {len(done.skipped)}, since their events were moved to "
            f"MongoDB, which cannot be asked ({done.reason or 'no server is named'})",
            "warning",
        )
