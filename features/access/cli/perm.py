"""`meshvisor perm list|set|unset`, with and without a running supervisor."""

from __future__ import annotations

from typing import Any, Final

import click

from meshvisor.features.access.cli.parameters import COMMAND, REALM, in_realm
from meshvisor.supervisor.cli.command import Command, Group, Invocation, pass_invocation
from meshvisor.supervisor.cli.human import moment, number
from meshvisor.supervisor.cli.offline import ask
from meshvisor.supervisor.cli.table import Column, render
from meshvisor.supervisor.cli.terminal import clean, columns, has_colours

_COLUMNS: Final = (
    Column("COMMAND"),
    Column("REALM"),
    Column("LEVEL"),
    Column("SINCE", may_go=True),
    Column("BY", may_go=True),
    Column("DESCRIPTION", may_cut=True, may_go=True),
)


_REALM_HELP: Final = "In which account's realm alone; left out: everywhere."


@click.group(
    cls=Group,
    examples=(
        "perm list",
        "perm set ping admin",
        "perm unset ping",
    ),
)
def perm() -> None:
    """Who may use which chat command."""


@perm.command("list", cls=Command, examples=("perm list", "perm list --realm irc"))
@click.option("--realm", type=REALM, help="What holds in an account's realm; left out: all.")
@pass_invocation
def list_(invocation: Invocation, *, realm: str | None) -> None:
    """List what is decided about commands, and who may use which."""
    fields = {} if realm is None else {"realm": realm}
    invocation.show(ask(invocation, "perm_list", **fields), _list_view)


@perm.command("set", cls=Command, examples=("perm set ping admin",))
@click.argument("command", metavar="COMMAND", type=COMMAND)
@click.argument("level", type=click.Choice(["admin", "user"]))
@click.option("--force", is_flag=True, help="Also for a command that no bot has (yet).")
@click.option("--realm", type=REALM, default="", help=_REALM_HELP)
@pass_invocation
def set_(invocation: Invocation, *, command: str, level: str, force: bool, realm: str) -> None:
    """Let only admins use a command, or everybody."""
    fields = {"command": command, "level": level, "force": force, **in_realm(realm)}
    invocation.show(ask(invocation, "perm_set", **fields), _set_view)


@perm.command(cls=Command, examples=("perm unset ping",))
@click.argument("command", metavar="COMMAND", type=COMMAND)
@click.option("--realm", type=REALM, default="", help=_REALM_HELP)
@pass_invocation
def unset(invocation: Invocation, *, command: str, realm: str) -> None:
    """Leave a command to its default again."""
    fields = {"command": command, **in_realm(realm)}
    invocation.show(ask(invocation, "perm_unset", **fields), _unset_view)


# Private


def _list_view(result: dict[str, Any]) -> str:
    lines = [f"{number(result['admins'], 'admin', 'admins')}."]
    if result["admin_commands"]:
        lines.append(f"For admins only: {', '.join(map(clean, result['admin_commands']))}")
    if result["user_commands"]:
        lines.append(f"For everybody: {', '.join(map(clean, result['user_commands']))}")
    if not result["permissions"]:
        return "\n".join([*lines, "Nothing is decided; every command is at its default."])
    shown = any(entry["realm"] for entry in result["permissions"])
    rows = [
        [
            entry["command"] + (" (no bot has it)" if entry["known"] is False else ""),
            *([entry["realm"] or "-"] if shown else []),
            entry["level"],
            moment(entry["updated_at"]),
            "broken document" if entry.get("broken") else entry["updated_by"] or "command line",
            entry["description"],
        ]
        for entry in result["permissions"]
    ]
    wanted = [one for one in _COLUMNS if shown or one.title != "REALM"]
    table = render(wanted, rows, fit=columns(), colours=has_colours())
    return "\n".join([*lines, "", *table])


def _set_view(outcome: dict[str, Any]) -> str:
    command, level = _command(outcome), _for_whom(outcome["level"])
    note = " No bot has such a command at present." if outcome["known"] is False else ""
    if not outcome["changed"]:
        return f"{command} is {level} already.{note}"
    return f"{command} is {level} now; it was {_for_whom(outcome['previous'])}.{note}"


def _unset_view(outcome: dict[str, Any]) -> str:
    command = _command(outcome)
    if not outcome["changed"]:
        return f"Nothing is decided about {command}; it is at its default."
    return f"{command} is at its default again; it was {_for_whom(outcome['previous'])}."


def _command(outcome: dict[str, Any]) -> str:
    where = f" in {clean(outcome['realm'])}" if outcome["realm"] else ""
    return f"{clean(outcome['command'])}{where}"


def _for_whom(level: str | None) -> str:
    return {"admin": "for admins only", "user": "for everybody", None: "at its default"}[level]
