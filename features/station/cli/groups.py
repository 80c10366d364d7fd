"""`meshvisor station groups`."""

from __future__ import annotations

from functools import partial
from typing import Any, Final

import click

from meshvisor.features.station.cli.named import all_by_name, last_change, removal
from meshvisor.features.station.cli.parameters import GROUP
from meshvisor.supervisor.cli.command import Command, Group, Invocation, pass_invocation
from meshvisor.supervisor.cli.human import moment, number
from meshvisor.supervisor.cli.offline import ask
from meshvisor.supervisor.cli.table import Cell, Column, render
from meshvisor.supervisor.cli.terminal import clean, columns, has_colours

_PACKAGE: Final = "meshvisor.features.station.cli.groups"

AT_A_TIME: Final = 500

_COLUMNS: Final = (
    Column("GROUP", may_cut=True),
    Column("USERS", right=True),
    Column("DESCRIPTION", may_cut=True),
    Column("CHANGED", may_go=True),
)


@click.group(
    cls=Group,
    lazy={
        "list": f"{_PACKAGE}:list_",
        "show": f"{_PACKAGE}:show",
        "add": f"{_PACKAGE}:add",
        "edit": f"{_PACKAGE}:edit",
        "remove": f"{_PACKAGE}:remove",
    },
    examples=('station groups add rescue --description "First aid"', "station groups list"),
    short_help="Groups of users.",
)
def groups() -> None:
    """Groups of users; 'station users groups' puts users into them."""


@click.command("list", cls=Command, examples=("station groups list",))
@pass_invocation
def list_(invocation: Invocation) -> None:
    """List groups by name."""
    invocation.show(all_by_name(invocation, "groups", AT_A_TIME), _list_view)


@click.command(cls=Command, examples=("station groups show rescue",))
@click.argument("name", metavar="GROUP", type=GROUP)
@pass_invocation
def show(invocation: Invocation, *, name: str) -> None:
    """Show a group; 'station users list --group' shows who is in it."""
    invocation.show(ask(invocation, "group_show", name=name), _view)


@click.command(cls=Command, examples=('station groups add rescue --description "First aid"',))
@click.argument("name", metavar="GROUP", type=GROUP)
@click.option("--description", metavar="TEXT", default="", help="What it is for.")
@pass_invocation
def add(invocation: Invocation, *, name: str, description: str) -> None:
    """Make a group."""
    arguments = {"name": name, "description": description, "revision": 0}
    invocation.show(ask(invocation, "group_save", **arguments), _view)


@click.command(cls=Command, examples=('station groups edit rescue --description "First aid"',))
@click.argument("name", metavar="GROUP", type=GROUP)
@click.option("--description", metavar="TEXT", required=True, help="What it is for.")
@pass_invocation
def edit(invocation: Invocation, *, name: str, description: str) -> None:
    """Change what a group is for."""
    revision = ask(invocation, "group_show", name=name)["revision"]
    arguments = {"name": name, "description": description, "revision": revision}
    invocation.show(ask(invocation, "group_save", **arguments), _view)


@click.command(cls=Command, examples=("station groups remove rescue",))
@click.argument("name", metavar="GROUP", type=GROUP)
@pass_invocation
def remove(invocation: Invocation, *, name: str) -> None:
    """Remove a group; its users stay in their others."""
    invocation.show(
        ask(invocation, "group_remove", name=name), partial(removal, "group", "members")
    )


# Private


def _list_view(result: dict[str, Any]) -> str:
    if not result["groups"]:
        return "There are no groups; 'meshvisor station groups add' makes one."
    rows: list[list[Cell | object]] = [
        [one["name"], one["members"], one["description"] or "-", moment(one["updated_at"])]
        for one in result["groups"]
    ]
    return "\n".join(render(_COLUMNS, rows, fit=columns(), colours=has_colours()))


def _view(one: dict[str, Any]) -> str:
    said = f": {clean(one['description'])}" if one["description"] else ""
    members = number(one["members"], "user")
    return f"{clean(one['name'])}{said}\n  {members}\n  {last_change(one)}"
