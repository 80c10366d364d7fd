"""`meshvisor status`: how all meshes are, once or again and again."""

from __future__ import annotations

import json
import time
from typing import Any, Final

import click

from shared.control.client import SLOW_TIMEOUT
from shared.errors import MeshvisorError
from supervisor.cli.command import Command, Invocation, echo, pass_invocation
from supervisor.cli.human import milliseconds, number
from supervisor.cli.status_view import show_once, view
from supervisor.cli.terminal import clean, columns, has_colours, lines

WATCH_INTERVAL: Final = 1.0
"""Seconds between two looks of `--watch`; a status costs the supervisor a millisecond."""


@click.command(cls=Command)
@click.option("--watch", "-w", is_flag=True, help="Look again every second until Ctrl+C.")
@click.option("--poll", "-p", is_flag=True, help="Ask every worker first, instead of waiting.")
@pass_invocation
def status(invocation: Invocation, *, watch: bool, poll: bool) -> None:
    """Show the state of the supervisor and of every mesh."""
    if watch:
        _watch(invocation, poll=poll)
    elif poll:
        invocation.show(_look(invocation, poll=True), _view)
    else:
        show_once(str(invocation.home.root), invocation.as_json)


# Private


def _look(invocation: Invocation, *, poll: bool) -> dict[str, Any]:
    """Return the status; with `poll` after every worker was asked, under the key `poll` how."""
    with invocation.connect() as client:
        if not poll:
            return dict(client.request("status"))
        report = client.request("poll", timeout=SLOW_TIMEOUT)
        del report["meshes"]  # the status has them, too
        return {**client.request("status"), "poll": report}


def _view(result: dict[str, Any]) -> str:
    shown = view(result, columns(), has_colours())
    if "poll" in result:
        report = result["poll"]
        silent = ", ".join(map(clean, report["unanswered"][:3]))
        shown.append(
            f"{report['answers']} of {number(report['total'], 'worker')} answered within "
            f"{milliseconds(report['duration_ms'])}{f'; not {silent}' if silent else ''}."
        )
    return "\n".join(shown)


def _watch(invocation: Invocation, *, poll: bool) -> None:
    try:
        while True:
            _show_again(invocation, poll=poll)
            time.sleep(WATCH_INTERVAL)
    except KeyboardInterrupt:
        return  # how one ends it


def _show_again(invocation: Invocation, *, poll: bool) -> None:
    """Print one look; a supervisor that is away for a moment is said, and waited for."""
    if invocation.as_json:
        echo(json.dumps(_look(invocation, poll=poll)))
        return
    try:
        shown = _view(_look(invocation, poll=poll))
    except MeshvisorError as error:
        shown = str(error)
    height = lines()
    if height is None:
        echo(f"{shown}\n")
        return
    # Home, the lines each cleared to its end, then the rest of the screen: no flicker.
    body = "\n".join(f"{line}\x1b[K" for line in shown.splitlines()[: height - 1])
    echo(f"\x1b[H{body}\n\x1b[J")
