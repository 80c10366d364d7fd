"""The group `meshvisor jobs`: the names of its commands, each loaded when it is used."""

from __future__ import annotations

from typing import Final

import click

from meshvisor.supervisor.cli.command import Group

_PACKAGE: Final = "meshvisor.features.jobs.cli"

_SECTIONS: Final = {
    "Submit and look": {
        "submit": f"{_PACKAGE}.submit:submit",
        "list": f"{_PACKAGE}.listing:list_",
        "show": f"{_PACKAGE}.show:show",
        "items": f"{_PACKAGE}.items:items",
        "next": f"{_PACKAGE}.next:next_",
        "watch": f"{_PACKAGE}.watch:watch",
        "why": f"{_PACKAGE}.why:why",
        "stats": f"{_PACKAGE}.stats:stats",
        "errors": f"{_PACKAGE}.errors:errors",
        "actions": f"{_PACKAGE}.actions:actions",
    },
    "Decide about jobs": {
        "pause": f"{_PACKAGE}.pause:pause",
        "resume": f"{_PACKAGE}.resume:resume",
        "cancel": f"{_PACKAGE}.cancel:cancel",
        "retry": f"{_PACKAGE}.retry:retry",
        "move": f"{_PACKAGE}.move:move",
        "mark": f"{_PACKAGE}.mark:mark",
        "delete": f"{_PACKAGE}.delete:delete",
    },
    "Hold back what waits": {
        "hold": f"{_PACKAGE}.holding:hold",
        "release": f"{_PACKAGE}.holding:release",
        "holds": f"{_PACKAGE}.holding:holds",
    },
    "After a crash, and after a while": {
        "recovery": f"{_PACKAGE}.recovery:recovery",
        "cleanup": f"{_PACKAGE}.cleanup:cleanup",
    },
}


@click.group(
    cls=Group,
    sections=_SECTIONS,
    examples=(
        "jobs submit addplayer --mesh lobby --items 1001,1002",
        "jobs list --status queued",
        "jobs watch 42",
        "jobs why 42",
    ),
    short_help="Durable work of plug-ins: submit, watch, decide.",
)
def jobs() -> None:
    """Durable work of plug-ins: submit it, watch it, decide about it."""
