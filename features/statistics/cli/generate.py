"""`meshvisor stats generate-usage-events`, `generate-community-events` and `remove-synthetic`."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final

import click

from meshvisor.features.statistics.cli.options import (
    CommandWithLists,
    database,
    dates,
    days_of,
    mesh_ids,
    names_of,
    uri_option,
    zone_of,
)
from meshvisor.supervisor.cli.command import Command, Invocation, pass_invocation

DAYS: Final = 30
"""Days of data where no beginning is given."""

MESHES: Final = tuple(f"synthetic-{number}" for number in range(1, 6))


@click.command(
    short_help="Make data for trying things out.",
    cls=Command,
    examples=(
        "stats generate-usage-events --start-date 2025-11-01 --end-date 2026-10-31",
        "stats generate-usage-events --events-per-record 1000 --enrich-events",
        "stats remove-synthetic",
    ),
)
@dates
@mesh_ids
@click.option(
    "--events-per-record",
    "events",
    type=click.IntRange(1, 1_000_000),
    default=100,
    show_default=True,
    help="Events of a mesh on a day, about.",
)
@click.option(
    "--users", type=click.IntRange(1, 1_000_000), default=300, show_default=True, help="How many."
)
@click.option("--enrich-events", "enriched", is_flag=True, help="Joins, leaves and errors as well.")
@click.option("--seed", type=int, default=0, show_default=True, help="Another one, other data.")
@pass_invocation
def generate_usage_events(
    invocation: Invocation,
    /,
    *,
    start_date: str | None,
    end_date: str | None,
    mesh_ids: tuple[str, ...],
    **what: Any,
) -> None:
    """Make plausible usage of users who do not exist, for trying things out.

    It is marked, and 'meshvisor stats remove-synthetic' removes all of it.
    """
    from meshvisor.features.background.progress import progress
    from meshvisor.features.statistics.generation.synthetic import Plan, generate
    from meshvisor.features.statistics.store.database import using

    start, end = days_of(start_date, end_date)
    zone = zone_of(invocation)
    last = end or datetime.now(zone).date()
    plan = Plan(
        first=start or last - timedelta(days=DAYS - 1),
        last=last,
        meshes=mesh_ids or MESHES,
        zone=zone,
        **what,
    )
    with using(database(invocation)) as db:
        made = generate(db, plan, progress)
    invocation.show(
        {"events": made},
        lambda found: (
            f"{found['events']:,} synthetic events are recorded; 'meshvisor stats aggregate' makes "
            "statistics of them."
        ),
    )


@click.command(
    short_help="Make joins that were never seen.",
    cls=CommandWithLists,
    examples=(
        "stats generate-community-events --mesh-id lobby",
        "stats generate-community-events --record-ids 12345 67890",
    ),
)
@mesh_ids
@click.option(
    "--record-ids",
    "users",
    metavar="USER,...",
    multiple=True,
    help="Only these users; ids or pseudonyms.",
)
@uri_option
@pass_invocation
def generate_community_events(
    invocation: Invocation, *, mesh_ids: tuple[str, ...], users: tuple[str, ...], uri: str | None
) -> None:
    """Make a join for each known user of a mesh of whom none was seen.

    It is recorded for the hour in which the user was seen first. Done again, it makes none.
    """
    from meshvisor.features.background.progress import progress
    from meshvisor.features.statistics.cli.migrate import elsewhere
    from meshvisor.features.statistics.generation.memberships import backfill, only_backfill
    from meshvisor.features.statistics.store.database import using

    listed = [user for given in users for user in given.split(",") if user]
    people = [name for user in listed for name in names_of(invocation, user)]
    path = database(invocation)
    with using(path) as db, only_backfill(path), elsewhere(invocation, uri, db) as mongo:
        made = backfill(db, mesh_ids, people, progress, mongo)
    invocation.show(
        {"events": made},
        lambda found: (
            f"Joins that were added: {found['events']:,}; 'meshvisor stats aggregate' counts them."
        ),
    )


@click.command(short_help="Remove that data.", cls=Command, examples=("stats remove-synthetic",))
@uri_option
@pass_invocation
def remove_synthetic(invocation: Invocation, *, uri: str | None) -> None:
    """Remove all synthetic usage, from events and statistics, and from MongoDB."""
    from meshvisor.features.background.progress import progress
    from meshvisor.features.statistics.aggregation.run import Wanted, aggregate
    from meshvisor.features.statistics.cli.migrate import elsewhere
    from meshvisor.features.statistics.generation.synthetic import remove
    from meshvisor.features.statistics.store.database import transaction, using
    from meshvisor.features.statistics.store.retention import remove_unused_people

    path = database(invocation)
    with using(path) as db, elsewhere(invocation, uri, db) as mongo:
        removed = remove(db, progress, mongo)
        # Also where nothing was left to be removed: one that was killed may not have come this far.
        aggregate(path, Wanted(zone=zone_of(invocation)), progress, mongo)
        with transaction(db):
            remove_unused_people(db)
    invocation.show(
        {"events": removed}, lambda found: f"{found['events']:,} synthetic events are removed."
    )
