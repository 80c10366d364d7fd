"""`meshvisor notify list` and `show`."""

from __future__ import annotations

from typing import Any, Final

import click

from meshvisor.features.notifications.cli.words import (
    CHANNEL,
    SEVERITY,
    STATES,
    mark,
    painted,
    state_cell,
    tries,
    where,
)
from meshvisor.supervisor.cli.command import Command, Invocation, pass_invocation
from meshvisor.supervisor.cli.human import moment
from meshvisor.supervisor.cli.offline import ask
from meshvisor.supervisor.cli.parameters import USER
from meshvisor.supervisor.cli.table import Cell, Column, render
from meshvisor.supervisor.cli.terminal import clean, clean_lines, columns, has_colours

MOST: Final = 1000

_COLUMNS: Final = (
    Column("NUMBER", right=True),
    Column("WHEN"),
    Column("STATE"),
    Column("SEVERITY", may_go=True),
    Column("CHANNELS", may_cut=True, may_go=True),
    Column("TITLE", may_cut=True),
)


@click.command(
    "list", cls=Command, examples=("notify list", "notify list --state failed --channel mail")
)
@click.option(
    "--limit",
    "-n",
    type=click.IntRange(1, MOST),
    default=50,
    show_default=True,
    help="How many at most.",
)
@click.option("--before", metavar="NUMBER", type=click.IntRange(1), help="Those before this one.")
@click.option("--state", type=click.Choice(STATES), help="Where they stand.")
@click.option("--severity", type=SEVERITY, help="At least this bad.")
@click.option("--channel", metavar="CHANNEL", type=CHANNEL, help="Those that go there.")
@click.option("--to", "user_id", metavar="USER", type=USER, help="Those for this user.")
@pass_invocation
def list_(invocation: Invocation, /, **given: Any) -> None:
    """List notifications, newest first, and where they stand."""
    wanted = {name: value for name, value in given.items() if value is not None}
    invocation.show(ask(invocation, "notify_list", **wanted), _list_view)


@click.command(cls=Command, examples=("notify show 17",))
@click.argument("number", metavar="NUMBER", type=click.IntRange(1))
@pass_invocation
def show(invocation: Invocation, *, number: int) -> None:
    """Show all about a notification, and where it stands."""
    invocation.show(ask(invocation, "notify_show", number=number), show_view)


def show_view(found: dict[str, Any]) -> str:
    """Return all about a notification for people."""
    lines = [f"{found['id']}: {clean(found['title'])} ({found['severity']})"]
    if found["text"]:
        lines += [f"  {line}" for line in clean_lines(found["text"]).split("\n")]
    about = [where(found), f"from {found['source']}", moment(found["created_at"], seconds=True)]
    lines.append(f"  {clean(', '.join(one for one in about if one))}")
    lines += list(map(_way, found["deliveries"]))
    if not found["deliveries"]:
        lines.append(
            f"{mark()} No notification is sent: {clean(found['reason'] or 'no channel takes it')}."
        )
    return "\n".join(lines)


# Private


def _way(one: dict[str, Any]) -> str:
    line = f"  {clean(one['channel'])}: {painted(one['state'])}"
    facts = []
    if one["due_at"] is not None:
        facts.append(f"due {moment(one['due_at'], seconds=True)}")
    if one["attempts"]:
        facts.append(tries(one["attempts"]))
    if one["reason"]:
        facts.append(clean(one["reason"]))
    return line + (f" ({'; '.join(facts)})" if facts else "")


def _list_view(result: dict[str, Any]) -> str:
    if not result["notifications"]:
        return "There are no notifications."
    rows = list(map(_row, result["notifications"]))
    lines = render(_COLUMNS, rows, fit=columns(), colours=has_colours())
    if result["more"]:
        last = result["notifications"][-1]["id"]
        lines.append(f"There are older ones: --before {last}.")
    return "\n".join(lines)


def _row(one: dict[str, Any]) -> list[Cell | object]:
    return [
        one["id"],
        moment(one["created_at"], seconds=True),
        state_cell(one["state"]),
        state_cell(one["severity"]),
        ", ".join(one["channels"]) or "-",
        one["title"],
    ]
