"""`meshvisor notify`: send notifications, and look after them."""

from __future__ import annotations

from typing import Final

import click

from meshvisor.supervisor.cli.command import Group

_PACKAGE: Final = "meshvisor.features.notifications.cli"

_SECTIONS: Final = {
    "Tell": {
        "send": f"{_PACKAGE}.sending:send",
        "test": f"{_PACKAGE}.sending:test",
        "retry": f"{_PACKAGE}.sending:retry",
    },
    "Look": {
        "list": f"{_PACKAGE}.looking:list_",
        "show": f"{_PACKAGE}.looking:show",
        "channels": f"{_PACKAGE}.channels:channels",
        "preferences": f"{_PACKAGE}.preferences:preferences",
    },
}


@click.group(
    cls=Group,
    sections=_SECTIONS,
    examples=(
        "notify channels",
        "notify test mail",
        'notify send "The server moves at noon" --severity warning',
        "notify list --state failed",
    ),
    short_help="Notifications by mail, chat and others.",
)
def notify() -> None:
    """Tell people something, and look after what they are told (docs/notifications.md)."""
