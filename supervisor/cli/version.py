"""`meshvisor version`: the same as `--version`."""

from __future__ import annotations

import click

from meshvisor.shared.version import VERSION
from meshvisor.supervisor.cli.command import Command, Invocation, pass_invocation


@click.command(cls=Command, examples=("version", "version --json"))
@pass_invocation
def version(invocation: Invocation) -> None:
    """Print the version."""
    invocation.show({"version": VERSION}, lambda shown: f"meshvisor {shown['version']}")
