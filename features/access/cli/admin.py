"""`meshvisor admin list|add|remove`, with and without a running supervisor."""

from __future__ import annotations

from typing import Any, Final

import click

from meshvisor.features.access.cli.parameters import REALM, everywhere, in_realm, user_of
from meshvisor.shared.model.realm import within
from meshvisor.supervisor.cli.command import Command, Group, Invocation, pass_invocation
from meshvisor.supervisor.cli.human import moment
from meshvisor.supervisor.cli.offline import ask
from meshvisor.supervisor.cli.table import Column, render
from meshvisor.supervisor.cli.terminal import clean, columns, has_colours

_COLUMNS: Final = (
    Column("USER", may_cut=True),
    Column("REALM"),
    Column("SINCE"),
    Column("ADDED BY", may_go=True),
    Column("ACTIVE"),
)


_REALM_HELP: Final = "Of which account's realm; left out: the platform's."


@click.group(
    cls=Group,
    examples=(
        "admin list",
        "admin add 953371",
        "admin add @ann:example.org --realm matrix",
        "admin remove 953371",
    ),
)
def admin() -> None:
    """Who may administer the fleet from any chat."""


@admin.command("list", cls=Command, examples=("admin list", "admin list --all"))
@click.option("--all", "former_too", is_flag=True, help="Also those who are admins no more.")
@click.option("--realm", type=REALM, help="Only those of an account's realm.")
@pass_invocation
def list_(invocation: Invocation, *, former_too: bool, realm: str | None) -> None:
    """List the admins."""
    admins = _all_admins(invocation)
    if realm is not None:
        admins = [entry for entry in admins if entry["realm"] == realm]
    if not former_too:
        admins = [entry for entry in admins if entry["is_active"]]
    invocation.show({"admins": admins}, _list_view)


@admin.command(
    cls=Command, examples=("admin add 953371", "admin add @ann:example.org --realm matrix")
)
@click.argument("user_id", metavar="USER_ID")
@click.option("--realm", type=REALM, default="", help=_REALM_HELP)
@pass_invocation
def add(invocation: Invocation, *, user_id: str, realm: str) -> None:
    """Make a user an admin in every mesh.

    USER_ID is what the platform calls the person; a bot's `?admin @user` finds it by itself.
    A user of another network is named by the id of that network and its realm.
    """
    fields = {"user_id": user_of(user_id, realm), **in_realm(realm)}
    invocation.show(ask(invocation, "admin_add", **fields), _add_view)


@admin.command(cls=Command, examples=("admin remove 953371",))
@click.argument("user_id", metavar="USER_ID")
@click.option("--realm", type=REALM, default="", help=_REALM_HELP)
@pass_invocation
def remove(invocation: Invocation, *, user_id: str, realm: str) -> None:
    """Make an admin an ordinary user again."""
    fields = {"user_id": user_of(user_id, realm), **in_realm(realm)}
    invocation.show(ask(invocation, "admin_remove", **fields), _remove_view)


# Private


def _all_admins(invocation: Invocation) -> list[dict[str, Any]]:
    page = ask(invocation, "admin_list")
    admins: list[dict[str, Any]] = page["admins"]
    while page["more"]:
        last = admins[-1]
        page = ask(invocation, "admin_list", after=within(last["realm"], last["user_id"]))
        admins += page["admins"]
    return admins


def _list_view(result: dict[str, Any]) -> str:
    if not result["admins"]:
        return "There are no admins; make the first one: meshvisor admin add USER_ID"
    # Where there is one realm only it is not worth showing.
    shown = any(entry["realm"] for entry in result["admins"])
    rows = [
        [
            entry["user_id"],
            *([entry["realm"] or "-"] if shown else []),
            moment(entry["added_at"]),
            entry["added_by"] or "command line",
            "yes" if entry["is_active"] else "no",
        ]
        for entry in result["admins"]
    ]
    wanted = [one for one in _COLUMNS if shown or one.title != "REALM"]
    return "\n".join(render(wanted, rows, fit=columns(), colours=has_colours()))


def _add_view(outcome: dict[str, Any]) -> str:
    user_id = clean(outcome["user_id"])
    if outcome["changed"]:
        return f"{user_id} is an admin now, {everywhere(outcome['realm'])}."
    return f"{user_id} is an admin already."


def _remove_view(outcome: dict[str, Any]) -> str:
    user_id = clean(outcome["user_id"])
    return (
        f"{user_id} is not an admin any more." if outcome["changed"] else f"{user_id} is no admin."
    )
