"""`meshvisor jobs retry`: queue finished jobs anew, or put single items of one back."""

from __future__ import annotations

import click

from meshvisor.features.jobs.cli.items_given import given_items
from meshvisor.features.jobs.cli.outcomes import change, change_items
from meshvisor.features.jobs.cli.parameters import JOB
from meshvisor.supervisor.cli.command import Command, Invocation, pass_invocation


@click.command(cls=Command, examples=("jobs retry 42", "jobs retry 42 --items k1,k2"))
@click.argument("job_ids", metavar="JOB...", type=JOB, nargs=-1, required=True)
@click.option("--items", metavar="K1,K2", help="These of its items, whatever became of them.")
@click.option("--items-file", metavar="FILE", help="Likewise, a key per line; - is stdin.")
@pass_invocation
def retry(
    invocation: Invocation, *, job_ids: tuple[int, ...], items: str | None, items_file: str | None
) -> int:
    """Queue ended jobs anew, for items that failed or were not done.

    With --items for these, whatever became of them, and those not done; other failed ones stay.
    """
    keys = given_items(items, items_file)
    if keys is None:
        return change(invocation, "jobs_retry", job_ids)
    if len(job_ids) > 1:
        raise click.UsageError("items belong to one job; name only that one")
    return change_items(invocation, "jobs_retry_items", job_ids[0], keys)
