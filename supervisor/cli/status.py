"""`meshvisor status`: how all meshes are, once or again and again."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Final

import click

from shared.errors import MeshvisorError, NotRunningError
from supervisor.cli.command import Command, Invocation, echo, pass_invocation
from supervisor.cli.status_view import show_once, view
from supervisor.cli.terminal import columns, has_colours, lines

WATCH_INTERVAL: Final = 1.0
"""Seconds between two looks of `--watch`; a status costs the supervisor a millisecond."""


@click.command(cls=Command)
@click.option("--watch", "-w", is_flag=True, help="Look again every second until Ctrl+C.")
@pass_invocation
def status(invocation: Invocation, *, watch: bool) -> None:
    """Show the state of the supervisor and of every mesh."""
    if watch:
        _watch(invocation, time.sleep)
    else:
        show_once(str(invocation.home.root), invocation.as_json)


def _watch(invocation: Invocation, sleep: Callable[[float], None]) -> None:
    try:
        while True:
            _show_again(invocation)
            sleep(WATCH_INTERVAL)
    except KeyboardInterrupt:
        return  # how one ends it


def _show_again(invocation: Invocation) -> None:
    """Print one look; a supervisor that is away for a moment is said, and waited for."""
    if invocation.as_json:
        echo(json.dumps(invocation.request("status")))
        return
    try:
        shown = view(invocation.request("status"), columns(), has_colours())
    except (NotRunningError, MeshvisorError) as error:
        shown = [str(error)]
    height = lines()
    if height is None:
        echo("\n".join([*shown, ""]))
        return
    # Home, the lines each cleared to its end, then the rest of the screen: no flicker.
    body = "\n".join(f"{line}\x1b[K" for line in shown[: height - 1])
    echo(f"\x1b[H{body}\n\x1b[J")
