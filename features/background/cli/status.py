"""`meshvisor process-status`."""

from __future__ import annotations

from typing import Any, Final

import click

from meshvisor.features.background.cli.options import NAME, files_of, pid_dir_option
from meshvisor.features.background.cli.view import as_json, text_of
from meshvisor.features.background.log_tail import Tail, last_lines
from meshvisor.features.background.looking import look, look_for
from meshvisor.features.background.names import Files
from meshvisor.features.background.progress import draw_bar, erase_bar
from meshvisor.supervisor.cli import output
from meshvisor.supervisor.cli.command import Command, Invocation, echo, pass_invocation
from meshvisor.supervisor.cli.terminal import clean_lines, has_colours

LINES: Final = 20

PAUSE: Final = 0.25
"""Seconds between two looks at a log that is followed."""


@click.command(
    "process-status",
    short_help="Show how far a command is.",
    cls=Command,
    examples=(
        "process-status nightly",
        "process-status nightly --show-log --log-lines 50",
        "process-status nightly --follow",
    ),
)
@click.argument("name", metavar="NAME", type=NAME)
@pid_dir_option
@click.option("--show-log", is_flag=True, help="Show the end of its log.")
@click.option(
    "--log-lines",
    "-n",
    metavar="N",
    type=click.IntRange(1, 100_000),
    default=LINES,
    show_default=True,
    help="Lines of the log.",
)
@click.option("--follow", "-f", is_flag=True, help="Show its log until it ends.")
@pass_invocation
def process_status(
    invocation: Invocation,
    *,
    name: str,
    pid_dir: str | None,
    show_log: bool,
    log_lines: int,
    follow: bool,
) -> None:
    """Show how far a background command is.

    Also what it uses, and with --show-log what it says.
    """
    files = files_of(name, pid_dir)
    tail = Tail(files) if follow else None
    found = look_for(files)
    view = as_json(found)
    if show_log or follow:
        view["log"] = last_lines(found, log_lines)
    invocation.show(view, _view)
    if tail is not None:
        _follow(invocation, files, tail)


# Private


def _view(view: dict[str, Any]) -> str:
    text = text_of(view, colours=has_colours())
    log = view.get("log")
    if log is None:
        return text
    return "\n".join([text, "", *(map(clean_lines, log) if log else ["(its log is empty)"])])


def _follow(invocation: Invocation, files: Files, tail: Tail) -> None:
    """Print what is added to the log until the command has ended; with `--json` also how it is.

    On a terminal there is a bar below the lines, since progress is not in the log.
    """
    is_over = False
    while not is_over:
        found = look(files)
        is_over = found is None or not found.runs  # asked before the lines that came before it
        lines = tail.new_lines()
        if lines or is_over:
            erase_bar()
        for line in lines:
            echo(output.to_json({"line": line}) if invocation.as_json else clean_lines(line))
        output.flush()
        if found is not None and not is_over:
            status = found.status
            if (status.progress, status.current_task) != (None, None):
                draw_bar(status.progress, status.current_task)
            output.pause(PAUSE)
    if found is not None:
        view = as_json(found)
        echo(output.to_json(view) if invocation.as_json else text_of(view, colours=has_colours()))
    else:
        output.remark(f"{files.name} was cancelled.")
