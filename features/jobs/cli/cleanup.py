"""`meshvisor jobs cleanup`: forget jobs that ended long ago."""

from __future__ import annotations

from typing import Any

import click

from meshvisor.features.jobs.requests.limits import MAX_AGE
from meshvisor.supervisor.cli.command import Command, Invocation, pass_invocation
from meshvisor.supervisor.cli.human import number
from meshvisor.supervisor.cli.offline import ask
from meshvisor.supervisor.cli.parameters import DURATION


@click.command(cls=Command, examples=("jobs cleanup", "jobs cleanup --older-than 7d"))
@click.option(
    "--older-than",
    metavar="DURATION",
    type=DURATION,
    help="Since their end, such as 12h or 7d [default: jobs.cleanup_after].",
)
@pass_invocation
def cleanup(invocation: Invocation, *, older_than: float | None) -> None:
    """Forget jobs that ended long ago, none that may still run."""
    if older_than is not None and older_than > MAX_AGE:
        raise click.UsageError("--older-than is ten years (3650d) at most")
    invocation.show(ask(invocation, "jobs_cleanup", older_than=older_than), _view)


# Private


def _view(result: dict[str, Any]) -> str:
    if not result["removed"]:
        return "No job ended that long ago."
    return f"{number(result['removed'], 'job is', 'jobs are')} forgotten."
