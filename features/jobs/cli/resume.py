"""`meshvisor jobs resume`: let paused and interrupted jobs go on."""

from __future__ import annotations

import click

from meshvisor.features.jobs.cli.outcomes import change
from meshvisor.features.jobs.cli.parameters import JOB
from meshvisor.supervisor.cli.command import Command, Invocation, pass_invocation


@click.command(cls=Command, examples=("jobs resume 42",))
@click.argument("job_ids", metavar="JOB...", type=JOB, nargs=-1, required=True)
@pass_invocation
def resume(invocation: Invocation, *, job_ids: tuple[int, ...]) -> int:
    """Let paused and interrupted jobs go on when it is their turn."""
    return change(invocation, "jobs_resume", job_ids)
