"""`meshvisor token`: what programs use the console with, with and without a supervisor."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, Final

import click

from meshvisor.supervisor.cli.command import Command, Group, Invocation, pass_invocation
from meshvisor.supervisor.cli.human import moment
from meshvisor.supervisor.cli.offline import ask
from meshvisor.supervisor.cli.parameters import DURATION
from meshvisor.supervisor.cli.table import Column, render
from meshvisor.supervisor.cli.terminal import clean, columns, has_colours

_COLUMNS: Final = (
    Column("NAME", may_cut=True),
    Column("SCOPES", may_cut=True),
    Column("SINCE", may_go=True),
    Column("UNTIL"),
)


@click.group(
    cls=Group,
    examples=("token add ci --scopes jobs:operate", "token list", "token revoke ci"),
)
def token() -> None:
    """What programs use the console with."""


@token.command(
    cls=Command,
    examples=("token add ci --scopes jobs:operate,fleet:view", "token add probe --scopes '*:view'"),
)
@click.argument("name")
@click.option(
    "--scopes", required=True, metavar="S1,S2", help="Such as jobs:operate,fleet:view or *:view."
)
@click.option("--for", "seconds", type=DURATION, help="Such as 30d (default: for ever).")
@pass_invocation
def add(invocation: Invocation, *, name: str, scopes: str, seconds: float | None) -> None:
    """Make a token, which is shown once."""
    from meshvisor.features.operators.secrets import TOKEN_PREFIX, digest, new_secret

    secret = new_secret(TOKEN_PREFIX)
    made = ask(
        invocation,
        "token_add",
        name=name,
        digest=digest(secret),
        scopes=[scope.strip() for scope in scopes.split(",") if scope.strip()],
        expires_at=None if seconds is None else _after(seconds),
    )
    invocation.show({"token": secret, **made}, _add_view)


@token.command("list", cls=Command, examples=("token list",))
@pass_invocation
def list_(invocation: Invocation) -> None:
    """List the tokens, without their secrets."""
    invocation.show(ask(invocation, "token_list"), _list_view)


@token.command(cls=Command, examples=("token revoke ci",))
@click.argument("name")
@pass_invocation
def revoke(invocation: Invocation, *, name: str) -> None:
    """Revoke a token."""
    outcome = ask(invocation, "token_revoke", name=name)
    invocation.show(outcome, lambda one: f"The token {clean(one['name'])} is revoked.")


# Private


def _after(seconds: float) -> str:
    return (datetime.now(UTC) + timedelta(seconds=seconds)).isoformat()


def _add_view(made: dict[str, Any]) -> str:
    return (
        f"{made['token']}\n"
        "It is not shown again. Programs send it as 'Authorization: Bearer TOKEN'."
    )


def _list_view(result: dict[str, Any]) -> str:
    if not result["tokens"]:
        return "There is no token; 'meshvisor token add NAME --scopes S1,S2' makes one."
    rows = [
        [
            one["name"],
            ", ".join(one["scopes"]),
            moment(one["created_at"]),
            moment(one["expires_at"]) if one["expires_at"] else "for ever",
        ]
        for one in result["tokens"]
    ]
    return "\n".join(render(_COLUMNS, rows, fit=columns(), colours=has_colours()))
