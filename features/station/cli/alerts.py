"""`meshvisor station alerts`."""

from __future__ import annotations

from typing import Any, Final

import click

from meshvisor.features.station.cli.parameters import SEVERITY, STATE, STATION_USER, ZONE
from meshvisor.features.station.cli.words import cell, painted
from meshvisor.supervisor.cli.command import Command, Group, Invocation, pass_invocation
from meshvisor.supervisor.cli.human import moment
from meshvisor.supervisor.cli.offline import ask
from meshvisor.supervisor.cli.parameters import MESH
from meshvisor.supervisor.cli.table import Cell, Column, render
from meshvisor.supervisor.cli.terminal import clean, clean_lines, columns, has_colours

_PACKAGE: Final = "meshvisor.features.station.cli.alerts"

MOST: Final = 500

_COLUMNS: Final = (
    Column("NUMBER", right=True),
    Column("STATE"),
    Column("SEVERITY"),
    Column("WHEN", may_go=True),
    Column("TIMES", right=True, may_go=True),
    Column("ABOUT", may_cut=True, may_go=True),
    Column("TITLE", may_cut=True),
)


@click.group(
    cls=Group,
    lazy={
        "list": f"{_PACKAGE}:list_",
        "show": f"{_PACKAGE}:show",
        "add": f"{_PACKAGE}:add",
        "acknowledge": f"{_PACKAGE}:acknowledge",
        "resolve": f"{_PACKAGE}:resolve",
        "note": f"{_PACKAGE}:note",
    },
    examples=(
        "station alerts list --state unresolved",
        'station alerts add "The pump does not answer" --severity critical --key pump',
        'station alerts acknowledge 7 --note "On my way"',
    ),
    short_help="What operators have to know and take care of.",
)
def alerts() -> None:
    """What operators have to know and take care of."""


@click.command(
    "list", cls=Command, examples=("station alerts list --state unresolved --severity critical",)
)
@click.option("--state", type=STATE, help="What is left to be done.")
@click.option("--severity", type=SEVERITY, help="At least this bad.")
@click.option("--source", metavar="SOURCE", help="What has raised them.")
@click.option("--user", "user_id", metavar="USER", type=STATION_USER, help="About this user.")
@click.option("--zone", metavar="ZONE", type=ZONE, help="About this zone.")
@click.option("--mesh", "mesh_id", metavar="MESH", type=MESH, help="About this mesh.")
@click.option("--before", metavar="NUMBER", type=click.IntRange(1), help="Those before this one.")
@click.option(
    "--limit",
    "-n",
    type=click.IntRange(1, MOST),
    default=50,
    show_default=True,
    help="How many at most.",
)
@pass_invocation
def list_(invocation: Invocation, /, **given: Any) -> None:
    """List alerts, newest first."""
    wanted = {name: value for name, value in given.items() if value is not None}
    invocation.show(ask(invocation, "alerts_list", **wanted), _list_view)


@click.command(cls=Command, examples=("station alerts show 7",))
@click.argument("number", metavar="NUMBER", type=click.IntRange(1))
@pass_invocation
def show(invocation: Invocation, *, number: int) -> None:
    """Show all about an alert."""
    invocation.show(ask(invocation, "alert_show", number=number), show_view)


@click.command(
    cls=Command,
    examples=(
        'station alerts add "The pump does not answer" --severity critical --key pump',
        'station alerts add "Ann needs help" --severity emergency --user 12345 --zone harbour',
    ),
)
@click.argument("title", metavar="TITLE")
@click.option("--message", metavar="TEXT", help="The details.")
@click.option(
    "--severity", type=SEVERITY, default="warning", show_default=True, help="How bad it is."
)
@click.option("--source", metavar="SOURCE", help="What raises it [default: operator].")
@click.option(
    "--key",
    "dedup_key",
    metavar="KEY",
    help="An alert with the same key that is not resolved is counted.",
)
@click.option("--user", "user_id", metavar="USER", type=STATION_USER, help="About this user.")
@click.option("--zone", metavar="ZONE", type=ZONE, help="About this zone.")
@click.option("--mesh", "mesh_id", metavar="MESH", type=MESH, help="About this mesh.")
@pass_invocation
def add(invocation: Invocation, /, **given: Any) -> None:
    """Raise an alert."""
    wanted = {name: value for name, value in given.items() if value is not None}
    invocation.show(ask(invocation, "alert_create", **wanted), show_view)


@click.command(cls=Command, examples=('station alerts acknowledge 7 --note "On my way"',))
@click.argument("number", metavar="NUMBER", type=click.IntRange(1))
@click.option("--note", metavar="TEXT", default="", help="A note about it.")
@pass_invocation
def acknowledge(invocation: Invocation, *, number: int, note: str) -> None:
    """Say that you take care of an alert."""
    invocation.show(ask(invocation, "alert_acknowledge", number=number, note=note), show_view)


@click.command(cls=Command, examples=('station alerts resolve 7 --note "New fuse"',))
@click.argument("number", metavar="NUMBER", type=click.IntRange(1))
@click.option("--note", metavar="TEXT", default="", help="A note about it.")
@pass_invocation
def resolve(invocation: Invocation, *, number: int, note: str) -> None:
    """Say that an alert is over, which is final."""
    invocation.show(ask(invocation, "alert_resolve", number=number, note=note), show_view)


@click.command(cls=Command, examples=('station alerts note 7 "The fuse was blown"',))
@click.argument("number", metavar="NUMBER", type=click.IntRange(1))
@click.argument("text", metavar="TEXT")
@pass_invocation
def note(invocation: Invocation, *, number: int, text: str) -> None:
    """Write something about an alert."""
    invocation.show(ask(invocation, "alert_note", number=number, text=text), show_view)


def show_view(found: dict[str, Any]) -> str:
    """Return all about an alert for people."""
    state, severity = painted(found["state"]), painted(found["severity"])
    lines = [f"{found['id']}: {clean(found['title'])} ({severity}, {state})"]
    if found["message"]:
        lines += [f"  {line}" for line in clean_lines(found["message"]).split("\n")]
    times = "" if found["count"] == 1 else f", {found['count']} times"
    raised = f"  raised {_when(found['created_at'])} by {clean(found['created_by'])}"
    lines.append(f"{raised} ({clean(found['source'])}){times}")
    if about := _about(found):
        lines.append(f"  about {clean(about)}")
    for step in ("acknowledged", "resolved"):
        if found[f"{step}_at"]:
            who = clean(found[f"{step}_by"])
            lines.append(f"  {step} {_when(found[f'{step}_at'])} by {who}")
    if found["dedup_key"]:
        lines.append(f"  key {clean(found['dedup_key'])}")
    for one in found["notes"]:
        lines.append(f"  {_when(one['at'])} {clean(one['actor'])}: {clean(one['text'])}")
    return "\n".join(lines)


# Private


def _when(iso: str) -> str:
    return moment(iso, seconds=True)


def _about(found: dict[str, Any]) -> str:
    parts = [("user", "user_id"), ("zone", "zone"), ("mesh", "mesh_id")]
    return ", ".join(f"{word} {found[name]}" for word, name in parts if found[name])


def _list_view(result: dict[str, Any]) -> str:
    if not result["alerts"]:
        return "There are no such alerts."
    rows = list(map(_row, result["alerts"]))
    lines = render(_COLUMNS, rows, fit=columns(), colours=has_colours())
    if result["more"]:
        lines.append(f"There are older ones: --before {result['alerts'][-1]['id']}.")
    return "\n".join(lines)


def _row(one: dict[str, Any]) -> list[Cell | object]:
    return [
        one["id"],
        cell(one["state"]),
        cell(one["severity"]),
        moment(one["updated_at"], seconds=True),
        one["count"],
        _about(one) or "-",
        one["title"],
    ]
