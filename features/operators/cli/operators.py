"""`meshvisor operators`: who uses the console, with and without a running supervisor."""

from __future__ import annotations

from typing import Any, Final

import click

from meshvisor.shared.errors import MeshvisorError
from meshvisor.shared.scopes import ROLES
from meshvisor.supervisor.cli.command import Command, Group, Invocation, pass_invocation
from meshvisor.supervisor.cli.human import duration, moment, number
from meshvisor.supervisor.cli.offline import ask
from meshvisor.supervisor.cli.parameters import DURATION
from meshvisor.supervisor.cli.table import Column, render
from meshvisor.supervisor.cli.terminal import clean, columns, has_colours

_COLUMNS: Final = (
    Column("NAME", may_cut=True),
    Column("ROLE"),
    Column("SESSIONS", right=True),
    Column("SEEN", may_go=True),
    Column("SINCE", may_go=True),
)

_SESSION_COLUMNS: Final = (
    Column("NUMBER", right=True),
    Column("NAME"),
    Column("SINCE"),
    Column("SEEN"),
    Column("FROM"),
    Column("BROWSER", may_cut=True),
)

WELCOME: Final = "/welcome#"

USUAL_LINK: Final = 86400.0
"""Seconds that a link can be used."""

ROLE: Final = click.Choice(tuple(ROLES))


@click.group(
    cls=Group,
    examples=(
        "operators list",
        "operators invite --role operator",
        "operators role ann admin",
    ),
)
def operators() -> None:
    """Who uses the console, and what they may do."""


@operators.command("list", cls=Command, examples=("operators list",))
@pass_invocation
def list_(invocation: Invocation) -> None:
    """List the operators."""
    invocation.show(ask(invocation, "operators_list"), _list_view)


@operators.command(
    cls=Command, examples=("operators invite --role operator", "operators invite ann --role admin")
)
@click.argument("name", required=False)
@click.option("--role", type=ROLE, default="viewer", help="What they may do (default: viewer).")
@click.option("--for", "seconds", type=DURATION, default=USUAL_LINK, help="Default: 24h.")
@pass_invocation
def invite(invocation: Invocation, *, name: str | None, role: str, seconds: float) -> None:
    """Make a link by which a person becomes an operator, once."""
    _make_link(invocation, name, role, seconds)


@operators.command(cls=Command, examples=("operators reset ann",))
@click.argument("name")
@click.option("--for", "seconds", type=DURATION, default=USUAL_LINK, help="Default: 24h.")
@pass_invocation
def reset(invocation: Invocation, *, name: str, seconds: float) -> None:
    """Make a link by which an operator chooses a new password, once."""
    _make_link(invocation, name, None, seconds)


@operators.command(cls=Command, examples=("operators role ann admin",))
@click.argument("name")
@click.argument("role", type=ROLE)
@pass_invocation
def role(invocation: Invocation, *, name: str, role: str) -> None:
    """Change what an operator may do."""
    outcome = ask(invocation, "operators_role", name=name, role=role)
    invocation.show(outcome, lambda one: f"{clean(one['name'])} is {_a(one['role'])} now.")


@operators.command(cls=Command, examples=("operators remove ann",))
@click.argument("name")
@pass_invocation
def remove(invocation: Invocation, *, name: str) -> None:
    """Remove an operator, who may use the console no more."""
    outcome = ask(invocation, "operators_remove", name=name)
    invocation.show(outcome, lambda one: f"{clean(one['name'])} is no operator any more.")


@operators.command(cls=Command, examples=("operators sessions", "operators sessions ann"))
@click.argument("name", required=False)
@pass_invocation
def sessions(invocation: Invocation, *, name: str | None) -> None:
    """List who is signed in, from where and since when."""
    invocation.show(ask(invocation, "operators_sessions", operator=name), _sessions_view)


@operators.command("sign-out", cls=Command, examples=("operators sign-out ann",))
@click.argument("name")
@click.option("--session", type=int, help="Number of one session (default: all).")
@pass_invocation
def sign_out(invocation: Invocation, *, name: str, session: int | None) -> None:
    """End the sessions of an operator."""
    outcome = ask(invocation, "operators_end_sessions", operator=name, session=session)
    invocation.show(
        outcome, lambda one: f"{number(one['ended'], 'session has', 'sessions have')} ended."
    )


# Private


def _make_link(invocation: Invocation, name: str | None, role: str | None, seconds: float) -> None:
    from meshvisor.features.operators.secrets import digest, new_secret

    secret = new_secret()
    made = ask(
        invocation, "operators_link", digest=digest(secret), operator=name, role=role, lasts=seconds
    )
    url = _url(invocation)
    link = None if url is None else f"{url}{WELCOME}{secret}"
    invocation.show({**made, "secret": secret, "link": link}, lambda one: _link_view(one, seconds))


def _url(invocation: Invocation) -> str | None:
    """Return where the console is; None: it does not run."""
    try:
        console = invocation.request("status")["supervisor"].get("console") or {}
    except MeshvisorError:
        return None
    url: str | None = console.get("url")
    return url


def _link_view(made: dict[str, Any], seconds: float) -> str:
    where = made["link"] or f"<address of the console>{WELCOME}{made['secret']}"
    if made["role"] is None:
        what = f"{clean(made['operator'])} chooses a new password"
    else:
        what = f"{clean(made['operator'] or 'somebody')} becomes {_a(made['role'])}"
    return f"By this link {what}, once, within {duration(seconds)}:\n{where}"


def _list_view(result: dict[str, Any]) -> str:
    if not result["operators"]:
        return "There is no operator yet; the link that 'meshvisor run' shows makes the first."
    rows = [
        [
            one["name"],
            one["role"],
            str(one["sessions"]),
            moment(one["seen_at"]) if one["seen_at"] else "never",
            moment(one["created_at"]),
        ]
        for one in result["operators"]
    ]
    return "\n".join(render(_COLUMNS, rows, fit=columns(), colours=has_colours()))


def _sessions_view(result: dict[str, Any]) -> str:
    if not result["sessions"]:
        return "No operator is signed in."
    rows = [
        [
            str(one["id"]),
            one["operator"],
            moment(one["created_at"]),
            moment(one["seen_at"]),
            one["address"],
            one["agent"],
        ]
        for one in result["sessions"]
    ]
    return "\n".join(render(_SESSION_COLUMNS, rows, fit=columns(), colours=has_colours()))


def _a(role: str) -> str:
    return f"{'an' if role[0] in 'aeio' else 'a'} {role}"
