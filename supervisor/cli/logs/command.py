"""`meshvisor logs [MESH]…`: the last log lines, and with `--follow` the new ones.

Owns the options.  Does not own merging what was logged before with the files (`past`), going on
after a restart (`follow`), nor how lines look (`view`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import click

from meshvisor.shared.control.conversation import SilentError
from meshvisor.shared.errors import NotRunningError
from meshvisor.shared.logs.files import Wanted
from meshvisor.shared.logs.line import LEVELS
from meshvisor.supervisor.cli import output
from meshvisor.supervisor.cli.command import Command, Invocation, echo, pass_invocation
from meshvisor.supervisor.cli.logs.follow import Follower
from meshvisor.supervisor.cli.logs.past import MOST, Event, left_behind, request, until_now
from meshvisor.supervisor.cli.logs.view import LogView
from meshvisor.supervisor.cli.parameters import MESH, MOMENT, PATTERN
from meshvisor.supervisor.cli.terminal import has_colours

DEFAULT_LINES: Final = 50


@click.command(
    cls=Command,
    examples=(
        "logs lobby",
        "logs lobby cinema -f",
        "logs --since 10m --level warning",
        "logs lane-game-api --level error",
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
@click.option(
    "--level", type=click.Choice(LEVELS, case_sensitive=False), help="Only these and worse ones."
)
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

    A lane of jobs is named as lane-NAME: its log has what actions have said, with the tracebacks.

    Also what was logged before the supervisor was started; and without one, what the last one has
    left.
    """
    wanted = _wanted(mesh_ids, **chosen)
    if lines is None:
        lines = MOST if wanted.since else DEFAULT_LINES
    show = _show_json if invocation.as_json else LogView(has_colours()).show
    try:
        if follow:
            Follower(invocation, wanted, show).run(lines)
        else:
            for event in _past(invocation, wanted, lines):
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
            return True  # the reader has to know that some may be missing
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


def _past(invocation: Invocation, wanted: Wanted, lines: int) -> Sequence[Event]:
    try:
        with invocation.connect() as client:
            memory = client.stream("logs", **request(wanted, lines))
            return until_now(invocation.home, memory, wanted, lines)
    except (NotRunningError, SilentError) as error:
        return left_behind(invocation.home, wanted, lines, error)


def _severity(level: str) -> int:
    return LEVELS.index(level) if level in LEVELS else LEVELS.index("info")


def _show_json(event: dict[str, Any]) -> None:
    echo(output.to_json(event))
