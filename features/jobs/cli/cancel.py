"""`meshvisor jobs cancel`: end jobs for good."""

from __future__ import annotations

import click

from meshvisor.features.jobs.cli.outcomes import change
from meshvisor.features.jobs.cli.parameters import JOB
from meshvisor.supervisor.cli.command import Command, Invocation, pass_invocation


@click.command(cls=Command, examples=("jobs cancel 42", "jobs cancel 42 43"))
@click.argument("job_ids", metavar="JOB...", type=JOB, nargs=-1, required=True)
@pass_invocation
def cancel(invocation: Invocation, *, job_ids: tuple[int, ...]) -> int:
    """End jobs for good; those that run stop at their next item."""
    return change(invocation, "jobs_cancel", job_ids)
