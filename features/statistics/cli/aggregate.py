"""`meshvisor stats aggregate`."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Final

import click

from meshvisor.features.statistics.cli.options import (
    database,
    dates,
    days_of,
    log_to_terminal,
    mesh_ids,
    uri_option,
    verbose_option,
    zone_of,
)
from meshvisor.shared.errors import MissingError
from meshvisor.supervisor.cli.command import Command, Invocation, pass_invocation
from meshvisor.supervisor.cli.human import number

MOST_WORKERS: Final = 64


@click.command(
    short_help="Make statistics of what was recorded.",
    cls=Command,
    examples=(
        "stats aggregate",
        "stats aggregate --start-date 2026-01-01 --force --workers 4",
        "stats aggregate-background --verbose",
    ),
)
@mesh_ids
@dates
@click.option("--force", is_flag=True, help="Also days of which nothing has changed.")
@click.option(
    "--ignore-bookmark", is_flag=True, help="Do not go on where a run has stopped; begin anew."
)
@click.option(
    "--workers",
    type=click.IntRange(1, MOST_WORKERS),
    default=lambda: min(2, os.cpu_count() or 1),
    show_default="2, or 1 on one processor",
    help="Processes that count.",
)
@uri_option
@verbose_option
@pass_invocation
def aggregate(
    invocation: Invocation,
    /,
    *,
    mesh_ids: tuple[str, ...],
    start_date: str | None,
    end_date: str | None,
    uri: str | None,
    verbose: bool,
    **how: Any,
) -> int:
    """Make statistics of days from what was recorded.

    Only days of which something has changed are done, late events included. It may be killed at any
    moment and goes on when it is started again. Events that were moved to MongoDB are read there;
    the exit code is 3 if days had to be left out.
    """
    from meshvisor.features.background.progress import progress
    from meshvisor.features.statistics.aggregation.run import Wanted
    from meshvisor.features.statistics.aggregation.run import aggregate as run

    start, end = days_of(start_date, end_date)
    wanted = Wanted(zone=zone_of(invocation), meshes=mesh_ids, start=start, end=end, **how)
    path = database(invocation)
    with log_to_terminal(verbose=verbose), _elsewhere(invocation, uri, path) as (mongo, why):
        outcome = run(path, wanted, progress, mongo)
    left_out = [day.isoformat() for day in outcome.skipped]
    found = {
        "days": outcome.days,
        "events": outcome.events,
        "resumed_after": outcome.resumed_after and outcome.resumed_after.isoformat(),
        "left_out": left_out,
        "reason": (outcome.reason or why) if left_out else "",
    }
    invocation.show(found, _view)
    return MissingError.exit_code if left_out else 0


# Private


@contextmanager
def _elsewhere(invocation: Invocation, uri: str | None, path: Path) -> Iterator[tuple[Any, str]]:
    """Open the store to which months were moved; None, and why: there is none, or none is named."""
    from meshvisor.features.statistics.aggregation.elsewhere import moved_kinds
    from meshvisor.features.statistics.store.database import using

    with using(path) as db:
        is_needed = bool(moved_kinds(db))
    if not is_needed:
        yield None, ""
        return
    from meshvisor.features.statistics.cli.migrate import server

    with ExitStack() as stack:
        try:
            mongo = stack.enter_context(server(invocation, uri))
        except MissingError as error:
            yield None, str(error)
        else:
            yield mongo, ""


def _view(found: dict[str, Any]) -> str:
    left_out = found["left_out"]
    if not found["days"] and not left_out:
        return "All days are up to date."
    lines = [f"Aggregated: {number(found['days'], 'day')}; events: {found['events']:,}."]
    if found["resumed_after"]:
        lines.append(
            f"An earlier run had come to {found['resumed_after']}, and this one went on behind it; "
            "--ignore-bookmark begins anew."
        )
    if left_out:
        lines.append(
            f"{number(len(left_out), 'day is', 'days are')} left out, from {left_out[0]} to "
            f"{left_out[-1]}: the events were moved to MongoDB, which cannot be asked "
            f"({found['reason']}). Start the same command again when it can, with --uri if need "
            "be, or bring a month back: meshvisor stats migrate-month "
            f"{left_out[0][:7]} --to sqlite"
        )
    return "\n".join(lines)
