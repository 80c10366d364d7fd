"""`meshvisor station`: alerts, zones, users and groups."""

from __future__ import annotations

from typing import Final

import click

from meshvisor.supervisor.cli.command import Group

_PACKAGE: Final = "meshvisor.features.station.cli"


@click.group(
    cls=Group,
    lazy={
        "alerts": f"{_PACKAGE}.alerts:alerts",
        "zones": f"{_PACKAGE}.zones:zones",
        "users": f"{_PACKAGE}.users:users",
        "groups": f"{_PACKAGE}.groups:groups",
    },
    examples=(
        "station alerts list",
        "station zones add harbour --circle 38.7069,-9.1442,150",
        "station users list --online",
        "station users position 12345 38.7069,-9.1442",
    ),
    short_help="Alerts, zones, users and groups.",
)
def station() -> None:
    """Alerts, zones, users and groups (docs/station.md)."""
