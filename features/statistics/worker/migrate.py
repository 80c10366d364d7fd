"""The action `event-migration`: moves events of usage to MongoDB, or back.

Its data are the options of `meshvisor stats migrate-events`, by their names there with `_` in place
of `-`, and `month`.  Stopped anywhere, the next such job goes on behind the last batch.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from meshvisor.features.jobs.worker.cancellation import GiveUp
from meshvisor.features.jobs.worker.context import JobContext
from meshvisor.features.jobs.worker.home import HomeData
from meshvisor.features.statistics.migration.lock import only_migration
from meshvisor.features.statistics.model.days import check_month
from meshvisor.features.statistics.model.kinds import BY_LABEL, Kind
from meshvisor.features.statistics.store.database import database_of, using
from meshvisor.features.statistics.worker.checkpoints import checkpoints
from meshvisor.features.statistics.worker.server import open_server

MOST_BATCH = 50_000
"""Events of a batch."""


class Options(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """What the data of a job may say."""

    to: Literal["mongodb", "sqlite"] = "mongodb"
    month: str | None = None
    """Such as `2026-10`; None: all."""
    event_types: tuple[Literal["message", "command", "join", "leave", "error"], ...] = ()
    """Empty: all."""
    batch_size: Annotated[int, Meta(ge=1, le=MOST_BATCH)] = 5000
    max_batches: Annotated[int, Meta(ge=1)] | None = None
    max_memory_percent: Annotated[float, Meta(ge=1, le=100)] = 90
    delete_old: bool = False


def migrate_events(job: JobContext) -> None:
    """Do it; `BuiltInAction.function`."""
    options = _options(job.data)
    with HomeData(f"job:{job.id}") as home:
        path = database_of(home.home)
        if not path.exists():
            job.log("nothing was ever recorded")
            return
        with closing(open_server(home)) as mongo, using(path) as db, only_migration(path):
            _migrate(job, db, mongo, options)


# Private


def _options(data: dict[str, Any]) -> Options:
    try:
        options = msgspec.convert(data, Options)
        if options.month is not None:
            check_month(options.month)
    except ValueError as error:  # msgspec's is one
        raise GiveUp(f"the data of the job cannot be used: {error}") from None
    return options


def _migrate(job: JobContext, db: sqlite3.Connection, mongo: Any, options: Options) -> None:
    from meshvisor.features.statistics.migration.months import How, Migration
    from meshvisor.features.statistics.store import partitions

    how = How(
        to=options.to,
        kinds=tuple(BY_LABEL[label] for label in options.event_types) or tuple(Kind),
        batch_size=options.batch_size,
        max_batches=options.max_batches,
        max_memory_percent=options.max_memory_percent,
        delete_old=options.delete_old,
    )
    there = partitions.months(db) if options.to == "mongodb" else mongo.months()
    months = [month for month in there if options.month in {None, month}]
    outcome = Migration(db, mongo, how).run(months, checkpoints(job))
    rest = f"; stopped: {outcome.stopped}" if outcome.stopped else ""
    job.log(f"events: {outcome.events}, months that are done: {outcome.months}{rest}")
