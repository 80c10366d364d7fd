"""`meshvisor notify preferences`: how users are notified what is for them."""

from __future__ import annotations

from typing import Any, Final

import click

from meshvisor.features.notifications.cli.words import CHANNEL, SEVERITY
from meshvisor.features.schedules.cli.parameters import ZONE
from meshvisor.supervisor.cli.command import Command, Group, Invocation, pass_invocation
from meshvisor.supervisor.cli.offline import ask
from meshvisor.supervisor.cli.parameters import USER
from meshvisor.supervisor.cli.table import Cell, Column, render
from meshvisor.supervisor.cli.terminal import clean, columns, has_colours

_PACKAGE: Final = "meshvisor.features.notifications.cli.preferences"

_COLUMNS: Final = (
    Column("USER", may_cut=True),
    Column("CHANNELS", may_cut=True),
    Column("FROM"),
    Column("QUIET", may_go=True),
    Column("ZONE", may_cut=True, may_go=True),
    Column("SOURCE", may_go=True),
)


@click.group(
    cls=Group,
    lazy={
        "list": f"{_PACKAGE}:list_",
        "show": f"{_PACKAGE}:show",
        "set": f"{_PACKAGE}:set_",
        "reset": f"{_PACKAGE}:reset",
    },
    examples=(
        "notify preferences list",
        'notify preferences set 12345 --channel mail --quiet-hours "20:00-09:00"',
    ),
    short_help="How users are notified.",
)
def preferences() -> None:
    """How users are notified what is for them (docs/notifications.md)."""


@click.command("list", cls=Command, examples=("notify preferences list",))
@pass_invocation
def list_(invocation: Invocation) -> None:
    """List the users who have said how they want to be told."""
    invocation.show(ask(invocation, "notify_preferences"), _view)


@click.command(cls=Command, examples=("notify preferences show 12345",))
@click.argument("user_id", metavar="USER", type=USER)
@pass_invocation
def show(invocation: Invocation, *, user_id: str) -> None:
    """Show how a user is told."""
    invocation.show(ask(invocation, "notify_preferences", user_id=user_id), _view)


@click.command(
    "set",
    cls=Command,
    examples=(
        "notify preferences set 12345 --channel mail --channel chat --severity warning",
        'notify preferences set 12345 --quiet-hours "20:00-09:00" --timezone Asia/Kolkata',
    ),
)
@click.argument("user_id", metavar="USER", type=USER)
@click.option(
    "--channel",
    "channels",
    metavar="CHANNEL",
    type=CHANNEL,
    multiple=True,
    help="Where, in place of all before; may be repeated.",
)
@click.option("--severity", type=SEVERITY, help="The least that they are notified of.")
@click.option("--quiet-hours", metavar="HOURS", help='Such as "20:00-09:00"; "" for none.')
@click.option("--timezone", metavar="ZONE", type=ZONE, help="That of the quiet hours.")
@pass_invocation
def set_(
    invocation: Invocation, /, *, user_id: str, channels: tuple[str, ...], **given: Any
) -> None:
    """Change how a user is told; what is not named stays as it is."""
    changes = {name: value for name, value in given.items() if value is not None}
    if channels:
        changes["channels"] = list(channels)
    result = ask(invocation, "notify_preferences_set", user_id=user_id, changes=changes)
    invocation.show(result, _view)


@click.command(cls=Command, examples=("notify preferences reset 12345",))
@click.argument("user_id", metavar="USER", type=USER)
@pass_invocation
def reset(invocation: Invocation, *, user_id: str) -> None:
    """Have a user told as the settings file says."""
    invocation.show(ask(invocation, "notify_preferences_reset", user_id=user_id), _view)


# Private


def _view(result: dict[str, Any]) -> str:
    found = result["preferences"]
    if not found:
        return "No user has preferences; all are notified in the chat."
    return "\n".join(render(_COLUMNS, list(map(_row, found)), fit=columns(), colours=has_colours()))


def _row(one: dict[str, Any]) -> list[Cell | object]:
    changed = ", changed" if one["changed"] else ""
    return [
        clean(one["user_id"]),
        ", ".join(one["channels"]) or "-",
        one["severity"],
        one["quiet_hours"] or "-",
        one["timezone"] or "-",
        f"{one['source']}{changed}",
    ]
