"""`meshvisor jobs stats`: how many jobs there are in which state."""

from __future__ import annotations

from typing import Any, Final

import click

from meshvisor.features.jobs.cli.holding import view as view_holds
from meshvisor.features.jobs.cli.parameters import ACTION
from meshvisor.features.jobs.cli.words import COLOURS, clock_time, span
from meshvisor.features.jobs.model.job import HIGHEST_PRIORITY, LOWEST_PRIORITY
from meshvisor.supervisor.cli.command import Command, Invocation, pass_invocation
from meshvisor.supervisor.cli.offline import ask
from meshvisor.supervisor.cli.parameters import DURATION
from meshvisor.supervisor.cli.table import Cell, Column, render
from meshvisor.supervisor.cli.terminal import RED, columns, has_colours

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


_ACTIONS: Final = (
    Column("ACTION", may_cut=True),
    Column("JOBS", right=True),
    Column("PER HOUR", right=True, may_go=True),
    Column("FAILED", right=True),
    Column("ITEMS", right=True, may_go=True),
    Column("MEAN", right=True, may_go=True),
    Column("P50", right=True),
    Column("P95", right=True),
    Column("MAX", right=True, may_go=True),
    Column("WAIT P50", right=True, may_go=True),
    Column("WAIT P95", right=True, may_go=True),
)

_DAY: Final = 86_400.0


@click.command(cls=Command, examples=("jobs stats", "jobs stats --actions --since 7d"))
@click.option("--actions", is_flag=True, help="How long jobs of each action took and waited.")
@click.option(
    "--since", metavar="DURATION", type=DURATION, help="With --actions: how far back [default: 1d]."
)
@click.option("--action", metavar="ACTION", type=ACTION, help="Only this one; implies --actions.")
@pass_invocation
def stats(
    invocation: Invocation, *, actions: bool, since: float | None, action: str | None
) -> None:
    """Count jobs by state; with --actions, say how they went."""
    if actions or action is not None:
        report = ask(invocation, "jobs_durations", since=since or _DAY, action=action)
        invocation.show(report, _view_actions)
        return
    if since is not None:
        raise click.UsageError("--since goes with --actions")
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


def _view_actions(result: dict[str, Any]) -> str:
    since = clock_time(result["since"])
    if not result["actions"]:
        return f"No job has ended since {since}."
    rows = [_action_row(action) for action in result["actions"]]
    shown = render(_ACTIONS, rows, fit=columns(), colours=has_colours())
    return "\n".join([*shown, f"Jobs that have ended since {since}."])


def _action_row(action: dict[str, Any]) -> list[Cell | object]:
    rate = action["failure_rate"]
    failed = "-" if rate is None else f"{100 * rate:.1f} %"
    took, waited = action["duration_seconds"], action["wait_seconds"]
    return [
        action["action"],
        action["count"],
        f"{action['per_hour']:.1f}",
        Cell(failed, RED if rate else None),
        action["items"],
        *(None if took is None else span(took[name]) for name in ("mean", "p50", "p95", "max")),
        *(None if waited is None else span(waited[name]) for name in ("p50", "p95")),
    ]


def _row(result: dict[str, Any], status: str) -> list[Cell | object]:
    by_priority = result.get(f"{status}ByPriority")
    counted = [None if by_priority is None else by_priority.get(p, 0) for p in _PRIORITIES]
    return [Cell(status, COLOURS.get(status)), result[status], *counted]
