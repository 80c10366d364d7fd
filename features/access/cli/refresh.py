"""`meshvisor refresh` and `meshvisor relogin`: have the fleet use the newest directory, session."""

from __future__ import annotations

from typing import Any, Final

import click

from meshvisor.supervisor.cli.command import Command, Invocation, pass_invocation
from meshvisor.supervisor.cli.human import number
from meshvisor.supervisor.cli.terminal import clean

TIMEOUT: Final = 60.0
"""Seconds; database and platform have deadlines of their own before that."""


@click.command(
    cls=Command, examples=("refresh",), short_help="Read credentials, admins and permissions anew."
)
@pass_invocation
def refresh(invocation: Invocation) -> None:
    """Read credentials, admins and permissions anew and tell all bots."""
    invocation.show(invocation.request("refresh", timeout=TIMEOUT), _refresh_view)


@click.command(
    cls=Command,
    examples=("relogin",),
    short_help="Renew the session; all bots join their rooms again.",
)
@pass_invocation
def relogin(invocation: Invocation) -> None:
    """Renew the session without a link, and have all bots join their rooms again one by one."""
    invocation.show(invocation.request("relogin", timeout=TIMEOUT), _relogin_view)


# Private


def _refresh_view(report: dict[str, Any]) -> str:
    held = (
        f"{number(report['admins'], 'admin', 'admins')} and "
        f"{number(report['permissions'], 'permission', 'permissions')}"
    )
    changed = ", ".join(report["changed"])
    news = f"changed: {changed}, and all bots know" if changed else "nothing has changed"
    return "\n".join(
        [
            f"Read from {clean(report['backend'])}: {held}; {news}.",
            *(f"! {clean(problem)}" for problem in report["problems"]),
        ]
    )


def _relogin_view(report: dict[str, Any]) -> str:
    session = "The session is renewed" if report["renewed"] else "There is no session to renew"
    if not report["workers"]:
        return f"{session}; no bot is in a room now, all use it when they join."
    bots = number(report["workers"], "bot joins its room", "bots join their rooms")
    return f"{session}; {bots} again, one after another."
