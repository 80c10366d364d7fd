"""`meshvisor jobs actions`: what jobs can do."""

from __future__ import annotations

from typing import Any, Final

import click

from meshvisor.features.jobs.cli.words import span
from meshvisor.supervisor.cli.command import Command, Invocation, pass_invocation
from meshvisor.supervisor.cli.human import duration
from meshvisor.supervisor.cli.offline import ask
from meshvisor.supervisor.cli.table import Column, render
from meshvisor.supervisor.cli.terminal import columns, has_colours

_COLUMNS: Final = (
    Column("ACTION", may_cut=True),
    Column("PRIO", right=True),
    Column("LANE", may_cut=True),
    Column("RETRIES", right=True),
    Column("DELAY", right=True, may_go=True),
    Column("ITEM TIMEOUT", right=True, may_go=True),
    Column("TIMEOUT", right=True, may_go=True),
    Column("RATE LIMIT", may_cut=True, may_go=True),
    Column("SOURCE", may_cut=True, may_go=True),
)


@click.command(cls=Command, examples=("jobs actions",))
@pass_invocation
def actions(invocation: Invocation) -> None:
    """List what jobs can do, by plug-ins and built in."""
    invocation.show(ask(invocation, "jobs_actions"), _view)


# Private


def _view(result: dict[str, Any]) -> str:
    if not result["actions"]:
        return (
            "No plug-in has an action yet; put one into config/plugins, as examples/alliance does, "
            "and start meshvisor."
        )
    rows = [
        [
            action["name"],
            action["priority"],
            action["lane"],
            action["retries"],
            span(action["retry_delay"]) if action["retry_delay"] else "0s",
            duration(action["item_timeout"]),
            duration(action["timeout"]),
            action["rate_limit"],
            action["source"],
        ]
        for action in result["actions"]
    ]
    return "\n".join(render(_COLUMNS, rows, fit=columns(), colours=has_colours()))
