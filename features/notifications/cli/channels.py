"""`meshvisor notify channels`: which ways to people there are, and whether they work."""

from __future__ import annotations

from typing import Any, Final

import click

from meshvisor.features.notifications.cli.words import counted, mark
from meshvisor.supervisor.cli.command import Command, Invocation, pass_invocation
from meshvisor.supervisor.cli.human import moment
from meshvisor.supervisor.cli.offline import ask
from meshvisor.supervisor.cli.table import Cell, Column, render
from meshvisor.supervisor.cli.terminal import (
    DIM,
    GREEN,
    RED,
    YELLOW,
    clean,
    columns,
    has_colours,
)

_COLUMNS: Final = (
    Column("CHANNEL", may_cut=True),
    Column("STATE"),
    Column("ADDRESS", may_cut=True, may_go=True),
    Column("FROM", may_go=True),
    Column("LAST SENT", may_go=True),
    Column("DELIVERIES", may_cut=True, may_go=True),
)

_HINT: Final = (
    "No channel is set up; add [channels.NAME] to config/meshvisor.toml, such as\n"
    '  [channels.mail]\n  url = "mailtos://user:password@mail.example.org?to=ann@example.org"'
)


@click.command(cls=Command, examples=("notify channels", "notify channels --json"))
@pass_invocation
def channels(invocation: Invocation) -> None:
    """List the ways to people, and whether they work."""
    invocation.show(ask(invocation, "notify_channels"), _view)


# Private


def _view(result: dict[str, Any]) -> str:
    found = result["channels"]
    lines = render(_COLUMNS, list(map(_row, found)), fit=columns(), colours=has_colours())
    lines += [
        f"{mark()} {clean(one['name'])}: {clean(one['error'])}" for one in found if one["error"]
    ]
    if not any(one["everything"] for one in found):
        lines += ["", _HINT]
    return "\n".join(lines)


def _row(one: dict[str, Any]) -> list[Cell | object]:
    return [
        one["name"],
        _state(one),
        one["address"] or one["kind"],
        one["severity"] if one["everything"] else "what names it",
        moment(one["sent_at"], seconds=True),
        counted(one["counts"]) or "-",
    ]


def _state(one: dict[str, Any]) -> Cell:
    if not one["enabled"]:
        return Cell("disabled", DIM)
    if one["failures"]:
        until = moment(one["paused_until"], seconds=True)
        return Cell("fails" if one["paused_until"] is None else f"fails, again {until}", RED)
    if one["paused_until"] is not None:
        return Cell(f"limited until {moment(one['paused_until'], seconds=True)}", YELLOW)
    if one["quiet_until"] is not None:
        return Cell(f"quiet until {moment(one['quiet_until'])}", YELLOW)
    return Cell("ready", GREEN)
