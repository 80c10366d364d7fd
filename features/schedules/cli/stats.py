"""`meshvisor schedules stats`: how well schedules run."""

from __future__ import annotations

from typing import Any, Final

import click

from meshvisor.features.schedules.cli.parameters import SCHEDULE
from meshvisor.features.schedules.cli.words import span
from meshvisor.supervisor.cli.command import Command, Invocation, pass_invocation
from meshvisor.supervisor.cli.offline import ask
from meshvisor.supervisor.cli.table import Cell, Column, render
from meshvisor.supervisor.cli.terminal import RED, YELLOW, columns, has_colours

_COLUMNS: Final = (
    Column("SCHEDULE", may_cut=True),
    Column("OK", right=True),
    Column("FAILED", right=True),
    Column("RATE", right=True),
    Column("CANCELLED", right=True, may_go=True),
    Column("SKIPPED", right=True),
    Column("MISSED", right=True),
    Column("TOOK", right=True),
    Column("P99", right=True, may_go=True),
    Column("LATE", right=True),
    Column("P99", right=True, may_go=True),
)


@click.command(
    cls=Command,
    examples=("schedules stats", "schedules stats nightly --days 7", "schedules stats --json"),
)
@click.argument("name", metavar="[SCHEDULE]", type=SCHEDULE, required=False)
@click.option(
    "--days",
    type=click.FloatRange(0, 3650, min_open=True),
    default=30,
    show_default=True,
    help="Planned times of so many days.",
)
@pass_invocation
def stats(invocation: Invocation, *, name: str | None, days: float) -> None:
    """Show how well schedules run.

    How many runs have succeeded, how long they took (the median and the 99th percentile), and how
    late planned times were acted on.
    """
    found: list[dict[str, Any]] = []
    more = True
    while more:
        after = found[-1]["name"] if found else ""
        page = ask(invocation, "schedules_stats", name=name, days=days, after=after)
        found += page["schedules"]
        more = page["more"]
    invocation.show({"days": days, "schedules": found}, _view)


# Private


def _view(result: dict[str, Any]) -> str:
    if not result["schedules"]:
        return "There are no schedules; 'meshvisor schedules add' makes one."
    rows = list(map(_row, result["schedules"]))
    return "\n".join(render(_COLUMNS, rows, fit=columns(), colours=has_colours()))


def _row(one: dict[str, Any]) -> list[Cell | object]:
    rate, took, late = one["success_rate"], one["duration_ms"], one["drift_ms"]
    return [
        one["name"],
        one["completed"],
        Cell(str(one["failed"]), RED) if one["failed"] else 0,
        "-" if rate is None else f"{rate:.1%}",
        one["cancelled"],
        one["skipped"],
        Cell(str(one["missed"]), YELLOW) if one["missed"] else 0,
        *(span(took and took[name]) for name in ("p50", "p99")),
        *(span(late and late[name]) for name in ("p50", "p99")),
    ]
