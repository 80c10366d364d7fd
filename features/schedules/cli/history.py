"""`meshvisor schedules history`: what became of planned times, newest first."""

from __future__ import annotations

from typing import Any, Final

import click

from meshvisor.features.schedules.cli.parameters import SCHEDULE
from meshvisor.features.schedules.cli.words import span, status_cell
from meshvisor.supervisor.cli.command import Command, Invocation, pass_invocation
from meshvisor.supervisor.cli.human import moment
from meshvisor.supervisor.cli.offline import ask
from meshvisor.supervisor.cli.table import Cell, Column, render
from meshvisor.supervisor.cli.terminal import RED, clean, columns, has_colours

MOST: Final = 1000

_COLUMNS: Final = (
    Column("PLANNED"),
    Column("STATUS"),
    Column("JOB", right=True),
    Column("TRY", right=True, may_go=True),
    Column("TOOK", right=True, may_go=True),
    Column("BY", may_cut=True, may_go=True),
    Column("WHY", may_cut=True),
)


@click.command(
    cls=Command,
    examples=("schedules history nightly", "schedules history nightly --traceback -n 5"),
)
@click.argument("name", metavar="SCHEDULE", type=SCHEDULE)
@click.option(
    "--limit",
    "-n",
    type=click.IntRange(1, MOST),
    default=50,
    show_default=True,
    help="How many at most.",
)
@click.option("--traceback", is_flag=True, help="Show what actions have raised.")
@pass_invocation
def history(invocation: Invocation, *, name: str, limit: int, traceback: bool) -> None:
    """List what became of planned times, newest first."""
    result = ask(invocation, "schedules_history", name=name, limit=limit)
    invocation.show(result, _traceback_view if traceback else _view)


# Private


def _view(result: dict[str, Any]) -> str:
    if not result["runs"]:
        return "It has not fired yet."
    rows = list(map(_row, result["runs"]))
    shown = render(_COLUMNS, rows, fit=columns(), colours=has_colours())
    if result["more"]:
        shown.append("There are older ones: a higher --limit.")
    return "\n".join(shown)


def _traceback_view(result: dict[str, Any]) -> str:
    shown = [_view(result)]
    for run in result["runs"]:
        if run["traceback"]:
            title = f"{moment(run['planned_at'], seconds=True)}, job {run['job_id']}:"
            shown += ["", title, *map(clean, run["traceback"].splitlines())]
    return "\n".join(shown)


def _row(run: dict[str, Any]) -> list[Cell | object]:
    return [
        moment(run["planned_at"], seconds=True),
        status_cell(run["status"]),
        run["job_id"] or "-",
        run["attempt"] or "-",
        span(run["duration_ms"]),
        run["started_by"] or "-",
        Cell(run["error"], RED) if run["error"] else run["reason"] or "-",
    ]
