"""`meshvisor schedules cleanup-logs`: removes what became of planned times long ago."""

from __future__ import annotations

from typing import Any

import click

from meshvisor.features.schedules.cli.parameters import SCHEDULE
from meshvisor.supervisor.cli.command import Command, Invocation, pass_invocation
from meshvisor.supervisor.cli.human import number
from meshvisor.supervisor.cli.offline import ask
from meshvisor.supervisor.cli.parameters import DURATION


@click.command(
    "cleanup-logs",
    cls=Command,
    examples=("schedules cleanup-logs", "schedules cleanup-logs nightly --older-than 7d"),
)
@click.argument("name", metavar="[SCHEDULE]", type=SCHEDULE, required=False)
@click.option(
    "--older-than",
    metavar="DURATION",
    type=DURATION,
    help="Planned times before that [default: as in the settings].",
)
@pass_invocation
def cleanup_logs(invocation: Invocation, *, name: str | None, older_than: float | None) -> None:
    """Remove old entries of the history.

    Of one schedule, or of all.  What runs or waits is kept.  scheduling.keep_history_days does the
    same each hour.
    """
    result = ask(invocation, "schedules_cleanup", name=name, older_than=older_than)
    invocation.show(result, _view)


def _view(result: dict[str, Any]) -> str:
    return f"{number(result['removed'], 'entry', 'entries')} removed."
