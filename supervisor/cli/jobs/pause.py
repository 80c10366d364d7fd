"""`meshvisor jobs pause`: let jobs wait until somebody resumes them."""

from __future__ import annotations

import click

from supervisor.cli.command import Command, Invocation, pass_invocation
from supervisor.cli.jobs.outcomes import change
from supervisor.cli.jobs.parameters import JOB


@click.command(cls=Command)
@click.argument("job_ids", metavar="JOB...", type=JOB, nargs=-1, required=True)
@pass_invocation
def pause(invocation: Invocation, *, job_ids: tuple[int, ...]) -> int:
    """Let jobs wait until somebody resumes them; those that run stop at their next item."""
    return change(invocation, "jobs_pause", job_ids)
