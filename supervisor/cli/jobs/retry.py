"""`meshvisor jobs retry`: queue finished jobs anew."""

from __future__ import annotations

import click

from supervisor.cli.command import Command, Invocation, pass_invocation
from supervisor.cli.jobs.outcomes import change
from supervisor.cli.jobs.parameters import JOB


@click.command(cls=Command)
@click.argument("job_ids", metavar="JOB...", type=JOB, nargs=-1, required=True)
@pass_invocation
def retry(invocation: Invocation, *, job_ids: tuple[int, ...]) -> int:
    """Queue finished jobs anew, for their items that failed or have no outcome."""
    return change(invocation, "jobs_retry", job_ids)
