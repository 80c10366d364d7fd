"""`meshvisor console`: where the console is."""

from __future__ import annotations

from typing import Any

import click

from meshvisor.supervisor.cli.command import Command, Invocation, pass_invocation
from meshvisor.supervisor.cli.terminal import clean


@click.command(cls=Command, examples=("console",))
@pass_invocation
def console(invocation: Invocation) -> None:
    """Say where the console (HTTP API and web pages) is."""
    status = invocation.request("status")["supervisor"]
    invocation.show(status.get("console") or {}, _view)


# Private


def _view(console: dict[str, Any]) -> str:
    if console.get("url"):
        return (
            f"The console is at {clean(console['url'])}\n"
            "'meshvisor operators invite' makes a link for a new operator."
        )
    if console:
        return "The console does not run at present; 'meshvisor status' says what hinders it."
    return "There is no console: it is left out by --no-console or [console] enabled = false."
