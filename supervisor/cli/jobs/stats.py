"""`meshvisor jobs stats`: how many jobs there are in which state."""

from __future__ import annotations

from typing import Any, Final

import click

from shared.model.job import HIGHEST_PRIORITY, LOWEST_PRIORITY
from supervisor.cli.command import Command, Invocation, pass_invocation
from supervisor.cli.jobs.asking import ask
from supervisor.cli.jobs.holding import view as view_holds
from supervisor.cli.jobs.words import COLOURS
from supervisor.cli.table import Cell, Column, render
from supervisor.cli.terminal import columns, has_colours

_PRIORITIES: Final = tuple(str(p) for p in range(HIGHEST_PRIORITY, LOWEST_PRIORITY + 1))

_COLUMNS: Final = (
    Column("STATUS", may_cut=True),
    Column("JOBS", right=True),
    *(Column(f"PRIO {priority}", right=True, may_go=True) for priority in _PRIORITIES),
)

_OPEN: Final = ("queued", "active", "paused", "interrupted")
_FINISHED: Final = ("completed", "failed", "cancelled")

_LANES: Final = (
    Column("LANE", may_cut=True),
    *(Column(status.upper(), right=True, may_go=True) for status in _OPEN),
)


@click.command(cls=Command)
@pass_invocation
def stats(invocation: Invocation) -> None:
    """Count jobs by state, priority and lane."""
    invocation.show(ask(invocation, "jobs_stats"), _view)


# Private


def _view(result: dict[str, Any]) -> str:
    rows = [_row(result, status) for status in (*_OPEN, *_FINISHED)]
    fit, colours = columns(), has_colours()
    shown = render(_COLUMNS, rows, fit=fit, colours=colours)
    if lanes := result["by_lane"]:
        counted = [[name, *(lanes[name].get(s, 0) for s in _OPEN)] for name in sorted(lanes)]
        shown += ["", *render(_LANES, counted, fit=fit, colours=colours)]
    if result["holds"]:
        shown += ["", view_holds(result)]
    return "\n".join(shown)


def _row(result: dict[str, Any], status: str) -> list[Cell | object]:
    by_priority = result.get(f"{status}ByPriority")
    counted = [None if by_priority is None else by_priority.get(p, 0) for p in _PRIORITIES]
    return [Cell(status, COLOURS.get(status)), result[status], *counted]
