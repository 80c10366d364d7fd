"""The group `meshvisor processes`: the same commands by shorter names."""

from __future__ import annotations

from typing import Final

import click

from meshvisor.supervisor.cli.command import Group

_PACKAGE: Final = "meshvisor.features.background.cli"


@click.group(
    cls=Group,
    lazy={
        "status": f"{_PACKAGE}.status:process_status",
        "cancel": f"{_PACKAGE}.cancel:cancel_process",
        "list": f"{_PACKAGE}.listing:list_processes",
    },
    examples=("processes list", "processes status nightly --show-log", "processes cancel nightly"),
    short_help="How background commands are.",
)
def processes() -> None:
    """See how background commands are, and end them."""
