"""`meshvisor start`, `stop` and `restart`: meshes by hand."""

from __future__ import annotations

from typing import Any

import click

from meshvisor.shared.control.client import SLOW_TIMEOUT
from meshvisor.shared.errors import MeshvisorError
from meshvisor.supervisor.cli.command import Command, Invocation, pass_invocation
from meshvisor.supervisor.cli.parameters import DURATION, MESH
from meshvisor.supervisor.cli.table import Cell, Column, render
from meshvisor.supervisor.cli.terminal import RED, STATE_COLOURS, columns, has_colours
from meshvisor.supervisor.cli.waiting import DEFAULT_PATIENCE, wait_until_settled

_mesh_ids = click.argument("mesh_ids", metavar="[MESH]...", type=MESH, nargs=-1)
_all = click.option("--all", "everything", is_flag=True, help="All meshes.")


_wait = click.option(
    "--wait", is_flag=True, help="Until each is connected, or it is clear that it will not be."
)
_timeout = click.option(
    "--timeout",
    type=DURATION,
    metavar="DURATION",
    help=f"Longest time to wait (default: {DEFAULT_PATIENCE:.0f}s).",
)


@click.command(
    cls=Command,
    examples=(
        "start lobby",
        "start lobby cinema --wait --timeout 30s",
        "start --all",
    ),
)
@_mesh_ids
@_all
@_wait
@_timeout
@pass_invocation
def start(
    invocation: Invocation,
    *,
    mesh_ids: tuple[str, ...],
    everything: bool,
    wait: bool,
    timeout: float | None,
) -> int:
    """Start meshes that are stopped or failed.

    With --wait the exit code says whether all of them are connected: 0, or else 1.
    """
    patience = _patience(wait, timeout)
    return _change(invocation, "start", mesh_ids, everything=everything, patience=patience)


@click.command(
    cls=Command,
    examples=(
        "stop lobby",
        "stop lobby cinema",
        "stop --all",
    ),
)
@_mesh_ids
@_all
@pass_invocation
def stop(invocation: Invocation, *, mesh_ids: tuple[str, ...], everything: bool) -> int:
    """Stop meshes until they are started again."""
    return _change(invocation, "stop", mesh_ids, everything=everything)


@click.command(
    cls=Command,
    examples=(
        "restart lobby",
        "restart lobby --wait",
        "restart libera --forget",
        "restart --all",
    ),
)
@_mesh_ids
@_all
@click.option(
    "--forget",
    is_flag=True,
    help="Also forget how far the bot has heard, where its network delivers what was missed.",
)
@_wait
@_timeout
@pass_invocation
def restart(
    invocation: Invocation,
    *,
    mesh_ids: tuple[str, ...],
    everything: bool,
    forget: bool,
    wait: bool,
    timeout: float | None,
) -> int:
    """Replace the processes of meshes.

    With --forget their bots begin as in a mesh that they have never been in: what is said until
    they are back is missed, and a resume token that a network or a program cannot read is gone.

    With --wait the exit code says whether all of them are connected again: 0, or else 1.
    """
    patience = _patience(wait, timeout)
    return _change(
        invocation, "restart", mesh_ids, everything=everything, patience=patience, forget=forget
    )


# Private


def _change(
    invocation: Invocation,
    kind: str,
    mesh_ids: tuple[str, ...],
    *,
    everything: bool,
    patience: float | None = None,
    **how: bool,
) -> int:
    """Ask for a change of meshes, and with `patience` wait so many seconds for what comes of it."""
    if everything == bool(mesh_ids):
        raise click.UsageError(
            f"say which meshes to {kind}, or --all of them"
            if not everything
            else "name meshes or say --all, not both"
        )
    with invocation.connect() as client:
        asked = {"mesh_ids": list(mesh_ids), "all": everything, **how}
        result = client.request(kind, timeout=SLOW_TIMEOUT, **asked)
        if patience is not None:
            result = {"meshes": wait_until_settled(client, result["meshes"], patience)}
    invocation.show(result, _view)
    failed = [mesh for mesh in result["meshes"] if mesh["error"]]
    return MeshvisorError.exit_code if failed else 0


def _patience(wait: bool, timeout: float | None) -> float | None:
    """Return for how long to wait, seconds; None: not at all."""
    if timeout is not None and not wait:
        raise click.UsageError("--timeout is about waiting; add --wait")
    return (timeout or DEFAULT_PATIENCE) if wait else None


def _view(result: dict[str, Any]) -> str:
    meshes = result["meshes"]
    if not meshes:
        return "There are no meshes."
    rows = [
        [
            mesh["mesh_id"],
            Cell(mesh["state"], STATE_COLOURS.get(mesh["state"])),
            Cell(mesh["error"] or "", RED),
        ]
        for mesh in meshes
    ]
    table = render(
        (Column("MESH", may_cut=True), Column("STATE"), Column("")),
        rows,
        fit=columns(),
        colours=has_colours(),
    )
    return "\n".join(table)
