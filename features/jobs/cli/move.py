"""`meshvisor jobs move`: give jobs that wait another priority or lane."""

from __future__ import annotations

import click

from meshvisor.features.jobs.cli.outcomes import change
from meshvisor.features.jobs.cli.parameters import JOB, LANE, PRIORITY
from meshvisor.supervisor.cli.command import Command, Invocation, pass_invocation


@click.command(
    cls=Command,
    examples=("jobs move 42 --priority 1", "jobs move 42 43 --priority refresh --lane night"),
)
@click.argument("job_ids", metavar="JOB...", type=JOB, nargs=-1, required=True)
@click.option("--priority", metavar="P", type=PRIORITY, help="1 (urgent) to 5, or its name.")
@click.option("--lane", metavar="LANE", type=LANE, help="Where they wait from now on.")
@pass_invocation
def move(
    invocation: Invocation, *, job_ids: tuple[int, ...], priority: int | None, lane: str | None
) -> int:
    """Give jobs that wait another priority or lane."""
    if priority is None and lane is None:
        raise click.UsageError("name another --priority, another --lane, or both")
    return change(invocation, "jobs_move", job_ids, priority=priority, lane=lane)
