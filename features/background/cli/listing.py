"""`meshvisor list-processes`."""

from __future__ import annotations

from typing import Any, Final

import click

from meshvisor.features.background.cli.options import pid_dir_option
from meshvisor.features.background.cli.view import COLOURS, as_json
from meshvisor.features.background.folder import choose_folder, command_line
from meshvisor.features.background.looking import look_at_all
from meshvisor.features.background.status import State
from meshvisor.supervisor.cli.command import Command, Invocation, pass_invocation
from meshvisor.supervisor.cli.human import duration, number
from meshvisor.supervisor.cli.table import Cell, Column, render
from meshvisor.supervisor.cli.terminal import columns, has_colours

_COLUMNS: Final = (
    Column("NAME", may_cut=True),
    Column("STATUS"),
    Column("PID", right=True),
    Column("FOR", right=True),
    Column("DONE", right=True),
    Column("TASK", may_cut=True, may_go=True),
    Column("COMMAND", may_cut=True, may_go=True),
)


@click.command(
    "list-processes",
    short_help="List background commands.",
    cls=Command,
    examples=("list-processes", "list-processes --json"),
)
@pid_dir_option
@pass_invocation
def list_processes(invocation: Invocation, *, pid_dir: str | None) -> None:
    """List background commands and how they went."""
    folder = choose_folder(pid_dir)
    found = [as_json(one) for one in look_at_all(folder)]

    def view(result: dict[str, Any]) -> str:
        shown = result["processes"]
        if not shown:
            example = command_line("background start NAME", folder, " -- COMMAND")
            return f"There are no background commands in {folder}; '{example}' starts one."
        lines = render(_COLUMNS, list(map(_row, shown)), fit=columns(), colours=has_colours())
        hints = [
            f"  {command_line(f'{words} NAME', folder)}"
            for words in ("process-status", "cancel-process")
        ]
        count = number(result["running"], "command runs", "commands run")
        return "\n".join([*lines, "", f"{count}. To go on:", *hints])

    running = sum(one["status"] == State.RUNNING for one in found)
    invocation.show({"folder": str(folder), "running": running, "processes": found}, view)


# Private


def _row(one: dict[str, Any]) -> list[Cell | object]:
    status = State(one["status"])
    done = one["progress"]
    return [
        one["name"],
        Cell(status, COLOURS[status]),
        one["pid"] if status == State.RUNNING else None,
        duration(one["runtime"]),
        None if done is None else f"{done:.0f} %",
        one["error"] or one["current_task"],
        one["command"],
    ]
