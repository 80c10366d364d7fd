"""`meshvisor records list|show`: JSON documents by key, with and without a running supervisor."""

from __future__ import annotations

import json
from typing import Any, Final

import click

from meshvisor.supervisor.cli.command import Command, Group, Invocation, pass_invocation
from meshvisor.supervisor.cli.human import moment, size
from meshvisor.supervisor.cli.offline import ask
from meshvisor.supervisor.cli.table import Column, render
from meshvisor.supervisor.cli.terminal import columns, has_colours

_COLUMNS: Final = (
    Column("RECORD", may_cut=True),
    Column("WRITTEN"),
    Column("SIZE", right=True),
    Column("LAST USED", may_go=True),
)


@click.group(
    cls=Group,
    examples=(
        "records list --prefix health_check_",
        "records show weekly_report_2026-03-01 --json",
    ),
)
def records() -> None:
    """Results of background processes by their keys."""


@records.command(
    "list", cls=Command, examples=("records list", "records list --prefix weekly_report_")
)
@click.option("--prefix", metavar="P", default="", help="Those whose keys begin so.")
@click.option(
    "--limit", "-n", type=click.IntRange(1, 1000), default=50, show_default=True, help="How many."
)
@pass_invocation
def list_(invocation: Invocation, *, prefix: str, limit: int) -> None:
    """List records, the newest first."""
    invocation.show(ask(invocation, "records_list", prefix=prefix, limit=limit), _list_view)


@records.command(cls=Command, examples=("records show health_check_1772366400000",))
@click.argument("key", metavar="KEY")
@pass_invocation
def show(invocation: Invocation, *, key: str) -> None:
    """Show the document of a record."""
    invocation.show(ask(invocation, "records_show", key=key), _show_view)


# Private


def _list_view(result: dict[str, Any]) -> str:
    if not result["records"]:
        return "There are no such records."
    rows = [
        [
            one["key"],
            moment(one["updated_at"], seconds=True),
            "computed" if one["size"] is None else size(one["size"]),
            "-" if one["used_at"] is None else moment(one["used_at"]),
        ]
        for one in result["records"]
    ]
    lines = render(_COLUMNS, rows, fit=columns(), colours=has_colours())
    if result["more"]:
        lines.append("There are more; --limit shows them, --prefix fewer.")
    return "\n".join(lines)


def _show_view(result: dict[str, Any]) -> str:
    return json.dumps(result["document"], indent=2)
