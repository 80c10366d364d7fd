"""`meshvisor jobs pause`: let jobs wait until they are resumed, or until a moment."""

from __future__ import annotations

import click

from meshvisor.features.jobs.cli.outcomes import change
from meshvisor.features.jobs.cli.parameters import FUTURE_MOMENT, JOB
from meshvisor.supervisor.cli.command import Command, Invocation, pass_invocation


@click.command(
    cls=Command,
    examples=(
        "jobs pause 42",
        "jobs pause 42 --until +10m",
        "jobs pause 42 --until 2026-12-24T18:00",
    ),
)
@click.argument("job_ids", metavar="JOB...", type=JOB, nargs=-1, required=True)
@click.option(
    "--until",
    metavar="WHEN",
    type=FUTURE_MOMENT,
    help="When they go on by themselves: +10m, or 2026-03-01T12:00.",
)
@pass_invocation
def pause(invocation: Invocation, *, job_ids: tuple[int, ...], until: str | None) -> int:
    """Let jobs wait until they are resumed.

    Those that run stop at their next item.
    """
    return change(invocation, "jobs_pause", job_ids, until=until)
