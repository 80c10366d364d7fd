"""`meshvisor logs [MESH]…`: the last log lines, and with `--follow` the new ones.

Owns the options and what is asked of whom (`supervisor.cli.log_past` merges what was logged before
with the files).  Does not own how lines look (`log_view`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import click

from shared.control.client import ControlClient
from shared.errors import NotRunningError
from shared.logs.files import Wanted
from shared.logs.line import LEVELS
from supervisor.cli import output
from supervisor.cli.command import Command, Invocation, echo, pass_invocation
from supervisor.cli.log_past import LIVE, MOST, left_behind, request, until_now
from supervisor.cli.log_view import LogView
from supervisor.cli.parameters import MESH, MOMENT, PATTERN
from supervisor.cli.terminal import has_colours

DEFAULT_LINES: Final = 50


@click.command(
    cls=Command,
    examples=(
        "logs lobby",
        "logs lobby cinema -f",
        "logs --since 10m --level warning",
        "logs lobby --since 2026-03-01T12:00 --grep 'kicked|refused'",
    ),
    short_help="Show the log of some meshes, or of everything merged.",
)
@click.argument("mesh_ids", metavar="[MESH]...", type=MESH, nargs=-1)
@click.option("--follow", "-f", is_flag=True, help="Go on with new lines until Ctrl+C.")
@click.option(
    "--lines",
    "-n",
    type=click.IntRange(0, MOST),
    help=f"How many of the past (default: {DEFAULT_LINES}, with --since all).",
)
@click.option(
    "--since",
    "-S",
    type=MOMENT,
    metavar="WHEN",
    help="Only later ones: 10m (ago), 12:30, 2026-03-01T12:30.",
)
@click.option("--level", type=click.Choice(LEVELS), help="Only these and worse ones.")
@click.option(
    "--grep",
    "-g",
    "pattern",
    type=PATTERN,
    metavar="PATTERN",
    help="Only those in which this regular expression is found.",
)
@pass_invocation
def logs(
    invocation: Invocation,
    /,
    *,
    mesh_ids: tuple[str, ...],
    follow: bool,
    lines: int | None,
    **chosen: Any,
) -> None:
    """Show the log of one mesh, of several, or of everything merged.

    Also what was logged before the supervisor was started; and without one, what the last one has
    left.
    """
    wanted = _wanted(mesh_ids, **chosen)
    if lines is None:
        lines = MOST if wanted.since else DEFAULT_LINES
    show = _show_json if invocation.as_json else LogView(has_colours()).show
    try:
        client = invocation.connect()
    except NotRunningError:
        if follow:
            raise
        for event in left_behind(invocation.home, wanted, lines):
            show(event)
        return
    with client:
        try:
            if follow:
                _follow(invocation, client, wanted, lines, show)
                output.remark("The supervisor has stopped.")
            else:
                past = client.stream("logs", **request(wanted, lines))
                for event in until_now(invocation.home, past, wanted, lines):
                    show(event)
        except KeyboardInterrupt:
            return  # how one ends it


@dataclass(frozen=True, slots=True)
class _Filter:
    """Which events are wanted."""

    level: str | None
    pattern: re.Pattern[str] | None

    def keeps(self, event: Mapping[str, Any]) -> bool:
        """Say whether an event is wanted."""
        if "dropped" in event:
            return True  # somebody has to know that some may be missing
        if self.level and _severity(event["level"]) < _severity(self.level):
            return False
        return self.pattern is None or self.pattern.search(event["text"]) is not None


# Private


def _wanted(
    mesh_ids: Iterable[str],
    since: float | None,
    level: str | None,
    pattern: re.Pattern[str] | None,
) -> Wanted:
    keeps = _Filter(level, pattern).keeps if level or pattern else None
    return Wanted(tuple(dict.fromkeys(mesh_ids)), since or 0.0, keeps)


def _follow(
    invocation: Invocation,
    client: ControlClient,
    wanted: Wanted,
    lines: int,
    show: Callable[[dict[str, Any]], None],
) -> None:
    events = client.stream("logs", follow=True, mark_live=True, **request(wanted, lines))
    # A mesh that is not there cannot be followed, whatever it has left in files.
    past = list(iter(lambda: next(events, LIVE), LIVE))
    for event in until_now(invocation.home, past, wanted, lines):
        show(event)
    for event in events:
        if wanted.keeps is None or wanted.keeps(event):
            show(event)


def _severity(level: str) -> int:
    return LEVELS.index(level) if level in LEVELS else LEVELS.index("info")


def _show_json(event: dict[str, Any]) -> None:
    echo(output.to_json(event))
