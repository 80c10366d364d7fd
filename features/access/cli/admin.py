"""`meshvisor admin list|add|remove`, with and without a running supervisor."""

from __future__ import annotations

from typing import Any, Final

import click

from meshvisor.supervisor.cli.command import Command, Group, Invocation, pass_invocation
from meshvisor.supervisor.cli.human import moment
from meshvisor.supervisor.cli.offline import ask
from meshvisor.supervisor.cli.parameters import USER
from meshvisor.supervisor.cli.table import Column, render
from meshvisor.supervisor.cli.terminal import clean, columns, has_colours

_COLUMNS: Final = (
    Column("USER", may_cut=True),
    Column("SINCE"),
    Column("ADDED BY", may_go=True),
    Column("ACTIVE"),
)


@click.group(
    cls=Group,
    examples=(
        "admin list",
        "admin add 953371",
        "admin remove 953371",
    ),
)
def admin() -> None:
    """Who may administer the fleet from any chat."""


@admin.command("list", cls=Command, examples=("admin list", "admin list --all"))
@click.option("--all", "everybody", is_flag=True, help="Also those who are admins no more.")
@pass_invocation
def list_(invocation: Invocation, *, everybody: bool) -> None:
    """List the admins."""
    admins = _all_admins(invocation)
    if not everybody:
        admins = [entry for entry in admins if entry["is_active"]]
    invocation.show({"admins": admins}, _list_view)


@admin.command(cls=Command, examples=("admin add 953371",))
@click.argument("user_id", metavar="USER_ID", type=USER)
@pass_invocation
def add(invocation: Invocation, *, user_id: str) -> None:
    """Make somebody an admin in every mesh.

    USER_ID is what the platform calls the person; a bot's `?admin @user` finds it by itself.
    """
    invocation.show(ask(invocation, "admin_add", user_id=user_id), _add_view)


@admin.command(cls=Command, examples=("admin remove 953371",))
@click.argument("user_id", metavar="USER_ID", type=USER)
@pass_invocation
def remove(invocation: Invocation, *, user_id: str) -> None:
    """Make an admin an ordinary user again."""
    invocation.show(ask(invocation, "admin_remove", user_id=user_id), _remove_view)


# Private


def _all_admins(invocation: Invocation) -> list[dict[str, Any]]:
    page = ask(invocation, "admin_list")
    admins: list[dict[str, Any]] = page["admins"]
    while page["more"]:
        page = ask(invocation, "admin_list", after=admins[-1]["user_id"])
        admins += page["admins"]
    return admins


def _list_view(result: dict[str, Any]) -> str:
    if not result["admins"]:
        return "There are no admins; make the first one: meshvisor admin add USER_ID"
    rows = [
        [
            entry["user_id"],
            moment(entry["added_at"]),
            entry["added_by"] or "command line",
            "yes" if entry["is_active"] else "no",
        ]
        for entry in result["admins"]
    ]
    return "\n".join(render(_COLUMNS, rows, fit=columns(), colours=has_colours()))


def _add_view(outcome: dict[str, Any]) -> str:
    user_id = clean(outcome["user_id"])
    if outcome["changed"]:
        return f"{user_id} is an admin now, in every mesh."
    return f"{user_id} is an admin already."


def _remove_view(outcome: dict[str, Any]) -> str:
    user_id = clean(outcome["user_id"])
    return (
        f"{user_id} is not an admin any more." if outcome["changed"] else f"{user_id} is no admin."
    )
