"""`meshvisor status`: how all meshes are, or some of them, once or again and again."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import click

from meshvisor.shared.control.client import SLOW_TIMEOUT
from meshvisor.shared.control.unknown_mesh import unknown_mesh
from meshvisor.shared.errors import MeshvisorError, UsageError
from meshvisor.shared.model.mesh import MeshState
from meshvisor.supervisor.cli import output
from meshvisor.supervisor.cli.command import Command, Invocation, echo, pass_invocation
from meshvisor.supervisor.cli.human import milliseconds, number
from meshvisor.supervisor.cli.parameters import MESH
from meshvisor.supervisor.cli.status.view import show_once, view
from meshvisor.supervisor.cli.terminal import clean, columns, has_colours, lines

WATCH_INTERVAL: Final = 1.0
"""Seconds between two looks of `--watch`; a status costs the supervisor a millisecond."""

_ORDERS: Final[dict[str, Callable[[dict[str, Any]], Any]]] = {
    "mesh": lambda mesh: mesh["mesh_id"],
    "state": lambda mesh: mesh["state"],
    "up": lambda mesh: -(mesh["uptime_seconds"] or 0),
    "restarts": lambda mesh: -mesh["restarts"],
    "lag": lambda mesh: -(mesh["event_loop_lag_ms"] or 0),
    "memory": lambda mesh: -(mesh["memory_bytes"] or 0),
}
"""What `--sort` sorts by: names from a to z, numbers the largest first."""


@dataclass(frozen=True)
class _Wanted:
    """Which meshes are shown, and in which order."""

    mesh_ids: tuple[str, ...]
    states: tuple[str, ...]
    order: str | None

    @property
    def is_everything(self) -> bool:
        """Whether nothing was chosen."""
        return not (self.mesh_ids or self.states or self.order)

    @property
    def nothing(self) -> str | None:
        """The sentence for no match; None: all meshes are asked for."""
        return f"No mesh is {' or '.join(self.states)}." if self.states else None

    def of(self, status: dict[str, Any]) -> dict[str, Any]:
        """Return a status with these meshes only.

        Raises:
            UsageError: a mesh that is named is not there.
        """
        if "meshes" not in status:  # no fleet is part of it
            return status
        meshes = status["meshes"]
        known = [mesh["mesh_id"] for mesh in meshes]
        for mesh_id in self.mesh_ids:
            if mesh_id not in known:
                raise unknown_mesh(mesh_id, known, everything="no name")
        if self.mesh_ids:
            meshes = [mesh for mesh in meshes if mesh["mesh_id"] in self.mesh_ids]
        if self.states:
            meshes = [mesh for mesh in meshes if mesh["state"] in self.states]
        if self.order:
            meshes = sorted(meshes, key=_ORDERS[self.order])
        return {**status, "meshes": meshes}


@click.command(
    cls=Command,
    examples=(
        "status",
        "status lobby cinema",
        "status --state failed --state blocked",
        "status --watch --sort memory",
    ),
    short_help="Show how the supervisor and all meshes are.",
)
@click.argument("mesh_ids", metavar="[MESH]...", type=MESH, nargs=-1)
@click.option(
    "--state",
    "states",
    type=click.Choice([state.value for state in MeshState], case_sensitive=False),
    multiple=True,
    help="Only meshes in this state; as often as needed.",
)
@click.option(
    "--sort", "order", type=click.Choice(list(_ORDERS)), help="Names upwards, numbers downwards."
)
@click.option("--watch", "-w", is_flag=True, help="Look again every second until Ctrl+C.")
@click.option("--poll", "-p", is_flag=True, help="Ask every worker first, instead of waiting.")
@pass_invocation
def status(
    invocation: Invocation,
    *,
    mesh_ids: tuple[str, ...],
    states: tuple[str, ...],
    order: str | None,
    watch: bool,
    poll: bool,
) -> None:
    """Show the state of the supervisor and of every mesh, or of those that are named."""
    wanted = _Wanted(mesh_ids, states, order)
    if watch:
        _watch(invocation, wanted, poll=poll)
    elif poll or not wanted.is_everything:
        invocation.show(_look(invocation, wanted, poll=poll), lambda result: _view(result, wanted))
    else:
        show_once(str(invocation.home.root), invocation.as_json)


# Private


def _look(invocation: Invocation, wanted: _Wanted, *, poll: bool) -> dict[str, Any]:
    """Return the status; with `poll` after every worker was asked, under the key `poll` how."""
    with invocation.connect() as client:
        if not poll:
            return wanted.of(client.request("status"))
        report = client.request("poll", timeout=SLOW_TIMEOUT)
        del report["meshes"]  # the status has them, too
        return {**wanted.of(client.request("status")), "poll": report}


def _view(result: dict[str, Any], wanted: _Wanted) -> str:
    shown = view(result, columns(), has_colours(), wanted.nothing)
    if "poll" in result:
        report = result["poll"]
        silent = ", ".join(map(clean, report["unanswered"][:3]))
        shown.append(
            f"{report['answers']} of {number(report['total'], 'worker')} answered within "
            f"{milliseconds(report['duration_ms'])}{f'; not {silent}' if silent else ''}."
        )
    return "\n".join(shown)


def _watch(invocation: Invocation, wanted: _Wanted, *, poll: bool) -> None:
    is_first = True
    try:
        while True:
            _show_again(invocation, wanted, poll=poll, is_first=is_first)
            is_first = False
            time.sleep(WATCH_INTERVAL)
    except KeyboardInterrupt:
        return  # how one ends it


def _show_again(invocation: Invocation, wanted: _Wanted, *, poll: bool, is_first: bool) -> None:
    """Print one look; a supervisor that is away for a moment is said, and waited for."""
    try:
        look = _look(invocation, wanted, poll=poll)
        shown = output.to_json(look) if invocation.as_json else _view(look, wanted)
    except MeshvisorError as error:
        # A mesh that never was there, not one that is away while all start anew; and what programs
        # read has a line per status, or nothing.
        if is_first and (invocation.as_json or isinstance(error, UsageError)):
            raise
        if invocation.as_json:
            return
        shown = str(error)
    if invocation.as_json:
        echo(shown)
        output.flush()
        return
    height = lines()
    if height is None:
        echo(f"{shown}\n")
        return
    # Home, the lines each cleared to its end, then the rest of the screen: no flicker.
    body = "\n".join(f"{line}\x1b[K" for line in shown.splitlines()[: height - 1])
    echo(f"\x1b[H{body}\n\x1b[J")
