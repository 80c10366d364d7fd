"""`meshvisor jobs delete`: forget single jobs."""

from __future__ import annotations

import click

from meshvisor.features.jobs.cli.outcomes import change
from meshvisor.features.jobs.cli.parameters import JOB
from meshvisor.supervisor.cli.command import Command, Invocation, pass_invocation


@click.command(cls=Command, examples=("jobs delete 42", "jobs delete 42 43 --force"))
@click.argument("job_ids", metavar="JOB...", type=JOB, nargs=-1, required=True)
@click.option("--force", is_flag=True, help="Cancel those that run, and delete them then.")
@pass_invocation
def delete(invocation: Invocation, *, job_ids: tuple[int, ...], force: bool) -> int:
    """Forget single jobs with their items and history.

    In whatever state they are; the audit log keeps who did.
    """
    return change(invocation, "jobs_delete", job_ids, force=force)
