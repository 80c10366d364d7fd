"""`meshvisor jobs errors`: what went wrong with jobs, newest first."""

from __future__ import annotations

from typing import Any, Final

import click

from meshvisor.features.jobs.cli.parameters import ACTION, limit_option
from meshvisor.features.jobs.cli.words import COLOURS, clock_time
from meshvisor.features.jobs.requests.limits import MAX_LISTED
from meshvisor.supervisor.cli.command import Command, Invocation, pass_invocation
from meshvisor.supervisor.cli.offline import ask
from meshvisor.supervisor.cli.parameters import DURATION
from meshvisor.supervisor.cli.table import Cell, Column, render
from meshvisor.supervisor.cli.terminal import columns, has_colours

DEFAULT_LIMIT: Final = 100


DAY: Final = 86_400.0

_COLUMNS: Final = (
    Column("WHEN"),
    Column("JOB", right=True),
    Column("ACTION", may_cut=True),
    Column("MESH", may_cut=True, may_go=True),
    Column("EVENT"),
    Column("TRY", right=True, may_go=True),
    Column("ERROR", may_cut=True),
)


@click.command(cls=Command, examples=("jobs errors", "jobs errors --since 7d --action addplayer"))
@click.option(
    "--since", metavar="DURATION", type=DURATION, default=DAY, help="How far back [default: 1d]."
)
@click.option("--action", metavar="ACTION", type=ACTION, help="Of this action.")
@limit_option(MAX_LISTED, DEFAULT_LIMIT)
@pass_invocation
def errors(invocation: Invocation, *, since: float, action: str | None, limit: int) -> None:
    """List what went wrong with jobs, newest first.

    Also with those that are forgotten by now.
    """
    result = ask(invocation, "jobs_errors", since=since, action=action, limit=limit)
    invocation.show(result, _view)


# Private


def _view(result: dict[str, Any]) -> str:
    if not result["errors"]:
        return "Nothing went wrong with jobs in this time."
    shown = render(
        _COLUMNS, list(map(_row, result["errors"])), fit=columns(), colours=has_colours()
    )
    if result["more"]:
        shown.append("There are older ones: a higher --limit.")
    return "\n".join(shown)


def _row(error: dict[str, Any]) -> list[Cell | object]:
    return [
        clock_time(error["at"]),
        error["job_id"],
        error["action"],
        error["mesh_id"],
        Cell(error["event"], COLOURS.get(error["event"])),
        error["attempt"] or None,
        error["error"],
    ]
