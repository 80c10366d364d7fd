"""`meshvisor jobs mark`: say by hand how a job has ended, or what became of its items."""

from __future__ import annotations

import click

from meshvisor.features.jobs.cli.items_given import given_items
from meshvisor.features.jobs.cli.outcomes import change, change_items
from meshvisor.features.jobs.cli.parameters import JOB
from meshvisor.features.jobs.model.job import MAX_ERROR
from meshvisor.supervisor.cli.command import Command, Invocation, pass_invocation

_JOB_STATES = {"done": "completed", "completed": "completed", "failed": "failed"}


@click.command(
    cls=Command,
    examples=("jobs mark 42 done", "jobs mark 42 failed --items k1,k2 --reason 'no such player'"),
)
@click.argument("job_id", metavar="JOB", type=JOB)
@click.argument("state", type=click.Choice(["done", "failed", "existing"]))
@click.option("--items", metavar="K1,K2", help="Only these of its items, between commas.")
@click.option("--items-file", metavar="FILE", help="Likewise, a key per line; - is stdin.")
@click.option("--reason", metavar="TEXT", help="Why; kept as the error of what has failed.")
@pass_invocation
def mark(
    invocation: Invocation,
    *,
    job_id: int,
    state: str,
    items: str | None,
    items_file: str | None,
    reason: str | None,
) -> int:
    """Say by hand that a job or its items are done or failed.

    The audit log keeps who did, and how it was before.
    """
    if reason is not None and not 0 < len(reason) <= MAX_ERROR:
        raise click.UsageError(f"--reason has 1 to {MAX_ERROR} characters")
    keys = given_items(items, items_file)
    if keys is not None:
        return change_items(invocation, "jobs_mark_items", job_id, keys, state=state, reason=reason)
    if state not in _JOB_STATES:
        raise click.UsageError("only items can be existing; name them with --items")
    status = _JOB_STATES[state]
    return change(invocation, "jobs_mark", (job_id,), status=status, reason=reason)
