"""`meshvisor jobs delete`: forget single jobs."""

from __future__ import annotations

import click

from supervisor.cli.command import Command, Invocation, pass_invocation
from supervisor.cli.jobs.outcomes import change
from supervisor.cli.jobs.parameters import JOB


@click.command(cls=Command)
@click.argument("job_ids", metavar="JOB...", type=JOB, nargs=-1, required=True)
@click.option("--force", is_flag=True, help="Cancel those that run, and delete them then.")
@pass_invocation
def delete(invocation: Invocation, *, job_ids: tuple[int, ...], force: bool) -> int:
    """Forget jobs with their items and history, in whatever state; the audit log keeps who did."""
    return change(invocation, "jobs_delete", job_ids, force=force)
