"""`meshvisor jobs why`: why a job does not run, and when it probably will."""

from __future__ import annotations

from typing import Any

import click

from meshvisor.features.jobs.cli.parameters import JOB
from meshvisor.supervisor.cli.command import Command, Invocation, pass_invocation
from meshvisor.supervisor.cli.human import duration, with_local_times
from meshvisor.supervisor.cli.offline import ask
from meshvisor.supervisor.cli.terminal import clean


@click.command(cls=Command, examples=("jobs why 42",))
@click.argument("job_id", metavar="JOB", type=JOB)
@pass_invocation
def why(invocation: Invocation, *, job_id: int) -> None:
    """Say why a job does not run, and when it probably will."""
    invocation.show(ask(invocation, "jobs_why", job_id=job_id), _view)


# Private


def _view(result: dict[str, Any]) -> str:
    lines = [f"Job {result['job_id']} is {result['status']}."]
    lines += [f"  {with_local_times(clean(reason))}" for reason in result["reasons"]]
    if expectation := _expectation(result):
        lines.append(expectation)
    return "\n".join(lines)


def _expectation(result: dict[str, Any]) -> str:
    if result["status"] in {"active", "completed", "failed", "cancelled"}:
        return ""
    seconds = result["expected_in_seconds"]
    if seconds is None:
        return "It is unknown when it runs."
    if seconds < 1:
        return "It probably runs in a moment."
    return f"It probably runs in {duration(seconds)}."
