"""The group `meshvisor schedules`: the names of its commands, each loaded when it is used."""

from __future__ import annotations

from typing import Final

import click

from meshvisor.supervisor.cli.command import Group

_PACKAGE: Final = "meshvisor.features.schedules.cli"

_SECTIONS: Final = {
    "Look": {
        "list": f"{_PACKAGE}.looking:list_",
        "show": f"{_PACKAGE}.looking:show",
        "history": f"{_PACKAGE}.history:history",
        "next": f"{_PACKAGE}.looking:next_",
        "stats": f"{_PACKAGE}.stats:stats",
        "check": f"{_PACKAGE}.check:check",
    },
    "Make and change": {
        "add": f"{_PACKAGE}.changing:add",
        "edit": f"{_PACKAGE}.changing:edit",
        "enable": f"{_PACKAGE}.changing:enable",
        "disable": f"{_PACKAGE}.changing:disable",
        "remove": f"{_PACKAGE}.changing:remove",
    },
    "Run by hand": {
        "run": f"{_PACKAGE}.run:run",
        "start": f"{_PACKAGE}.running:start",
        "stop": f"{_PACKAGE}.running:stop",
        "restart": f"{_PACKAGE}.running:restart",
    },
    "Tidy up": {
        "cleanup-logs": f"{_PACKAGE}.cleanup:cleanup_logs",
    },
}


@click.group(
    cls=Group,
    sections=_SECTIONS,
    examples=(
        'schedules check "*/15 * * * *"',
        'schedules add nightly --cron "30 2 * * *" --action refresh --mesh lobby',
        "schedules list",
        "schedules history nightly",
    ),
    short_help="Jobs at planned times: look, change, run.",
)
def schedules() -> None:
    """Jobs at planned times: look at them, change them, run them."""
