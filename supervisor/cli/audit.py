"""`meshvisor audit`: who has changed what, from where and when."""

from __future__ import annotations

from typing import Any, Final

import click

from meshvisor.shared.control.audit import MAX_ENTRIES
from meshvisor.supervisor.cli.command import Command, Invocation, pass_invocation
from meshvisor.supervisor.cli.human import moment, with_local_times
from meshvisor.supervisor.cli.offline import ask
from meshvisor.supervisor.cli.table import Column, render
from meshvisor.supervisor.cli.terminal import columns, has_colours

_COLUMNS: Final = (
    Column("WHEN"),
    Column("WHO", may_cut=True),
    Column("WHERE", may_cut=True),
    Column("WHAT"),
    Column("OF", may_cut=True),
    Column("OUTCOME", may_cut=True),
    Column("DETAIL", may_cut=True, may_go=True),
)


@click.command(
    cls=Command,
    examples=(
        "audit",
        "audit --lines 20",
        "audit --json",
    ),
)
@click.option(
    "-n", "--lines", type=click.IntRange(1, MAX_ENTRIES), default=50, help="How many (default: 50)."
)
@pass_invocation
def audit(invocation: Invocation, *, lines: int) -> None:
    """List who has changed what, the newest first."""
    invocation.show(ask(invocation, "audit", limit=lines), _view)


# Private


def _view(result: dict[str, Any]) -> str:
    if not result["entries"]:
        return "Nothing has been changed yet."
    rows = [
        [
            moment(entry["at"]),
            *(entry[name] for name in ("actor", "origin", "action", "subject", "outcome")),
            entry["detail"] and with_local_times(entry["detail"]),
        ]
        for entry in result["entries"]
    ]
    return "\n".join(render(_COLUMNS, rows, fit=columns(), colours=has_colours()))
