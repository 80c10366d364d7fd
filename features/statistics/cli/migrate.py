"""`meshvisor stats migrate-events`, `migrate-month` and `migration-status`."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from datetime import UTC, datetime
from typing import Any, Final, TypeVar

import click

from meshvisor.features.statistics.cli.options import CommandWithLists, database, uri_option
from meshvisor.features.statistics.model.days import check_month
from meshvisor.features.statistics.model.kinds import BY_LABEL
from meshvisor.shared.errors import MeshvisorError, MissingError, UsageError
from meshvisor.supervisor.cli.command import Command, Invocation, pass_invocation
from meshvisor.supervisor.cli.human import moment
from meshvisor.supervisor.cli.parameters import CheckedType
from meshvisor.supervisor.cli.table import Column, render
from meshvisor.supervisor.cli.terminal import columns, has_colours

STORES: Final = ("mongodb", "sqlite")

MONTH: Final = CheckedType("month", check_month)

F = TypeVar("F", bound=Callable[..., Any])


def how_options(function: F) -> F:
    """Add how months are moved."""
    for option in (
        uri_option,
        click.option("--delete-old", is_flag=True, help="Remove what has arrived where it was."),
        click.option("--max-batches", type=click.IntRange(1), help="Stop after so many."),
        click.option(
            "--max-memory-percent",
            type=click.FloatRange(1, 100),
            default=90,
            show_default=True,
            help="Stop where more of the machine's memory is used.",
        ),
        click.option(
            "--batch-size", type=click.IntRange(1, 50_000), default=5000, show_default=True
        ),
        click.option(
            "--event-types",
            "kinds",
            metavar="TYPE,...",
            multiple=True,
            help="Only message, command, join, leave or error [default: all].",
        ),
        click.option(
            "--to", type=click.Choice(STORES), default="mongodb", show_default=True, help="Where."
        ),
    ):
        function = option(function)
    return function


@click.command(
    short_help="Copy events to MongoDB, or back.",
    cls=CommandWithLists,
    examples=(
        "stats migrate-events --delete-old",
        "stats migrate-events --event-types message command --batch-size 1000",
        "stats migrate-events --to sqlite",
        "stats migrate-events-background",
    ),
)
@how_options
@pass_invocation
def migrate_events(invocation: Invocation, /, **given: Any) -> None:
    """Copy all events to MongoDB, or back, month by month.

    Each batch is compared when it has arrived. Stopped, it goes on where it was.
    """
    _migrate(invocation, None, given)


@click.command(
    short_help="Copy one month, or go on with it.",
    cls=Command,
    examples=(
        "stats migrate-month 2026-10 --delete-old",
        "stats migrate-month 2026-10 --to sqlite",
        "stats migrate-month-background 2026-10",
    ),
)
@click.argument("month", metavar="MONTH", type=MONTH)
@how_options
@pass_invocation
def migrate_month(invocation: Invocation, /, *, month: str, **given: Any) -> None:
    """Copy the events of one month, or go on with it."""
    _migrate(invocation, month, given)


@click.command(cls=Command, examples=("stats migration-status",))
@pass_invocation
def migration_status(invocation: Invocation) -> None:
    """Show how far each month is."""
    from meshvisor.features.statistics.store.database import using

    with using(database(invocation), only_read=True) as db:
        rows = db.execute(
            "SELECT month, direction, kinds, state, moved, hash, updated_at FROM migrations "
            "ORDER BY month, direction, kinds"
        ).fetchall()
    labels = {str(int(kind)): label for label, kind in BY_LABEL.items()}
    found = [
        {
            "month": month,
            "to": to,
            "event_types": [labels[kind] for kind in kinds.split(",")],
            "state": state,
            "events": moved,
            "hash": digest,
            "updated_at": datetime.fromtimestamp(updated_at, UTC).isoformat(),
        }
        for month, to, kinds, state, moved, digest, updated_at in rows
    ]
    invocation.show({"months": found}, _status_view)


# Private


def _migrate(invocation: Invocation, month: str | None, given: dict[str, Any]) -> None:
    from meshvisor.features.background.progress import progress
    from meshvisor.features.statistics.migration.lock import only_migration
    from meshvisor.features.statistics.migration.months import TO_SQLITE, How, Migration
    from meshvisor.features.statistics.store import partitions
    from meshvisor.features.statistics.store.database import using

    path, uri = database(invocation), given.pop("uri")
    how = How(**{**given, "kinds": _kinds(given["kinds"])})
    with using(path) as db, only_migration(path), server(invocation, uri) as mongo:
        is_back = how.to == TO_SQLITE
        there = mongo.months() if is_back else partitions.months(db)
        if month is not None and month not in there:
            raise MissingError(f"there are no events of {month} to be copied to {how.to}")
        outcome = Migration(db, mongo, how).run([month] if month else there, progress)
    if outcome.stopped:
        progress(None, f"Stopped: {outcome.stopped}")
    found = {"months": outcome.months, "events": outcome.events, "stopped": outcome.stopped}
    invocation.show(found, lambda result: _view(result, how.to))
    if "memory" in outcome.stopped:
        raise MeshvisorError("too much memory is in use; start the same command later to go on")


def server(invocation: Invocation, uri: str | None) -> AbstractContextManager[Any]:
    """Open the server.

    Raises:
        MissingError: none is named.
    """
    from meshvisor.features.access.supervisor.directory.database_config import make_config
    from meshvisor.features.statistics.migration.server import configured_server
    from meshvisor.shared.settings.load import load_settings

    if uri is not None:
        config = make_config(uri, {}, "--uri")
    else:
        config = configured_server(invocation.home, load_settings(invocation.home, os.environ))
    from meshvisor.features.statistics.migration.mongo import MongoEvents  # loads the driver

    return closing(MongoEvents(config))


@contextmanager
def elsewhere(invocation: Invocation, uri: str | None, db: sqlite3.Connection) -> Iterator[Any]:
    """Open the server if events of this home were moved or copied to it; None: none were.

    A copy that has begun and of which no batch is written down counts where a server is named: the
    first batch may have arrived.

    Raises:
        MissingError: they were, and no server is named.
        MeshvisorError: the server does not answer.
    """
    rows = db.execute(
        "SELECT month, max(moved) FROM migrations WHERE direction = 'mongodb' "
        "GROUP BY month ORDER BY month"
    ).fetchall()
    if not rows and uri is None:
        yield None
        return
    try:
        opening = server(invocation, uri)
    except MissingError as error:
        copied = [month for month, moved in rows if moved]
        if not copied:
            yield None
            return
        raise MissingError(f"events of {', '.join(copied)} are in MongoDB, and {error}") from None
    with opening as mongo:
        mongo.months()  # now, and not when half of the work is done here
        yield mongo


def _kinds(given: tuple[str, ...]) -> tuple[int, ...]:
    labels = [label for text in given for label in text.split(",") if label]
    if unknown := [label for label in labels if label not in BY_LABEL]:
        raise UsageError(
            f"{unknown[0]!r} is no type of event; there are {', '.join(BY_LABEL)}, as in "
            "--event-types message,command"
        )
    return tuple(sorted({int(BY_LABEL[label]) for label in labels or BY_LABEL}))


def _view(found: dict[str, Any], to: str) -> str:
    lines = [
        f"{found['events']:,} events were copied to {to}; {found['months']:,} months are done."
    ]
    if found["stopped"]:
        lines.append(f"Stopped: {found['stopped']}. The same command goes on from there.")
    return "\n".join(lines)


def _status_view(found: dict[str, Any]) -> str:
    if not found["months"]:
        return "All events are in SQLite; none was copied."
    header = [
        Column(name, right=name == "EVENTS")
        for name in ("MONTH", "TO", "STATE", "EVENTS", "CHANGED")
    ]
    rows = [
        [one["month"], one["to"], one["state"], f"{one['events']:,}", moment(one["updated_at"])]
        for one in found["months"]
    ]
    return "\n".join(render(header, rows, fit=columns(), colours=has_colours()))
