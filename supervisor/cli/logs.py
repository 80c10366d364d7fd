"""`meshvisor logs [MESH]`: the last log lines, and with `--follow` the new ones.

Owns the choice between a running supervisor and the files that the last one left.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, Final

import click

from shared.control.client import not_running
from shared.errors import MissingError, NotRunningError
from shared.paths import Home
from supervisor.cli.command import Command, Invocation, echo, pass_invocation
from supervisor.cli.log_view import LogView
from supervisor.cli.parameters import MESH
from supervisor.cli.terminal import has_colours

DEFAULT_LINES: Final = 50


@click.command(
    cls=Command,
    examples=(
        "logs lobby",
        "logs lobby -f",
        "logs --lines 200",
    ),
)
@click.argument("mesh_id", metavar="[MESH]", type=MESH, required=False)
@click.option("--follow", "-f", is_flag=True, help="Go on with new lines until Ctrl+C.")
@click.option(
    "--lines",
    "-n",
    type=click.IntRange(0, 100_000),
    default=DEFAULT_LINES,
    show_default=True,
    help="How many of the past.",
)
@pass_invocation
def logs(invocation: Invocation, *, mesh_id: str | None, follow: bool, lines: int) -> None:
    """Show the log of one mesh, or of all merged."""
    show = _show_json if invocation.as_json else LogView(has_colours()).show
    try:
        client = invocation.connect()
    except NotRunningError:
        if follow:
            raise
        _show_left(invocation.home, mesh_id, lines, show)
        return
    with client:
        try:
            for event in client.stream("logs", mesh_id=mesh_id, lines=lines, follow=follow):
                show(event)
            if follow:
                click.echo("The supervisor has stopped.", err=True)
        except KeyboardInterrupt:
            return  # how one ends it


# Private


def _show_left(
    home: Home, mesh_id: str | None, lines: int, show: Callable[[dict[str, Any]], None]
) -> None:
    """Show what the last supervisor has left in its files."""
    from shared.logs.files import read_tail

    try:
        events = read_tail(home, mesh_id, lines)
    except OSError as error:
        raise MissingError(
            f"{error.filename} cannot be read ({error.strerror}); run this command as the user "
            "who runs the supervisor."
        ) from None
    if not events:
        raise not_running(home.root)
    click.echo("No supervisor runs; this is what the last one has logged.", err=True)
    for event in events:
        show(event)


def _show_json(event: dict[str, Any]) -> None:
    echo(json.dumps(event, ensure_ascii=False))
